import net from "node:net";
import { createInterface } from "node:readline";
import type { Log } from "@bulkhead/api";
import type { DnsLine } from "./publisher.ts";
import { createRecordTable, type RecordTable } from "./record-table.ts";

/** Where the DNS process has its records from. */
export interface RecordSource {
  /** The names as last told; undefined before the first time. They stay when the teller is away. */
  table(): RecordTable | undefined;
  close(): void;
}

const retryMs = { first: 100, last: 1_000 } as const;

function parseLine(text: string): DnsLine | undefined {
  try {
    return JSON.parse(text) as DnsLine;
  } catch {
    return undefined;
  }
}

/** Follows a publisher's Unix socket; connects again for as long as it runs. */
export function followRecords(path: string, log: Log): RecordSource {
  let table: RecordTable | undefined;
  let socket: net.Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delay: number = retryMs.first;
  let closed = false;

  function connect(): void {
    const connection = net.connect({ path });
    socket = connection;
    // What is told anew is gathered beside the old names, which serve until it is whole.
    const fresh = createRecordTable();
    connection.on("connect", () => {
      delay = retryMs.first;
    });
    const lines = createInterface({ input: connection });
    // It passes its input's errors on; the connection's own end is what counts.
    lines.on("error", () => {});
    lines.on("line", (text) => {
      const line = parseLine(text);
      // Cut off: the teller ended in the middle of a word.
      if (line === undefined) connection.destroy();
      else if ("ready" in line) {
        table = fresh;
        log.info({ names: fresh.size }, "DNS records received");
      } else fresh.apply(line);
    });
    connection.on("error", () => {});
    connection.on("close", () => {
      if (closed) return;
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, retryMs.last);
    });
  }
  connect();

  return {
    table: () => table,
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}
