import { chmod, chown, rm } from "node:fs/promises";
import net from "node:net";
import type { Log } from "@bulkhead/api";
import type { NetworkInformers } from "../agent/informers.ts";
import { buildRecords, changedRecords, type RecordData } from "./records.ts";

/**
 * What the agent tells the DNS process, a JSON value a line: first every name, then `ready`, then each name that changes
 * with all its records (none: it is gone). Nothing is ever asked back.
 */
export type DnsLine = { readonly name: string; readonly records: readonly RecordData[] } | { readonly ready: true };

export interface DnsPublisherOptions {
  readonly informers: NetworkInformers;
  readonly zone: string;
  /** Names of pods by their dashed address (`verified`: only of pods that are there); default off. */
  readonly podNames?: "off" | "verified";
  /** Unix socket, in a folder that only root and `reader` may enter. */
  readonly path: string;
  /** Whose the socket is: the DNS process' user; default: the caller's. */
  readonly reader?: { readonly uid: number; readonly gid: number };
  readonly log: Log;
}

export interface DnsPublisher {
  close(): Promise<void>;
}

/** A reader this far behind is let go: it connects again and starts afresh. */
const longestBacklog = 16 * 1024 * 1024;
/** Changes within this time go out together. */
const gatherMs = 20;

/** Publishes the cluster's names on a Unix socket, from the informers' copies. */
export async function startDnsPublisher(options: DnsPublisherOptions): Promise<DnsPublisher> {
  const { informers, path, log } = options;
  const readers = new Set<net.Socket>();
  let records: Map<string, readonly RecordData[]> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const write = (socket: net.Socket, lines: readonly DnsLine[]): void => {
    socket.write(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
    if (socket.writableLength > longestBacklog) socket.destroy();
  };
  const whole = (): DnsLine[] => [...Array.from(records ?? [], ([name, r]) => ({ name, records: r })), { ready: true }];

  function publish(): void {
    timer = undefined;
    const next = buildRecords({
      services: informers.services.list(),
      slices: informers.endpointSlices.list(),
      pods: options.podNames === "verified" ? informers.pods.list() : [],
      zone: options.zone,
    });
    if (records === undefined) {
      records = next;
      for (const reader of readers) write(reader, whole());
      return;
    }
    const changed = changedRecords(records, next);
    records = next;
    if (changed.length > 0) for (const reader of readers) write(reader, changed);
  }
  const wake = (): void => {
    if (records !== undefined) timer ??= setTimeout(publish, gatherMs);
  };
  informers.services.onChange(wake);
  informers.endpointSlices.onChange(wake);
  if (options.podNames === "verified") informers.pods.onChange(wake);

  const server = net.createServer((socket) => {
    readers.add(socket);
    socket.on("close", () => readers.delete(socket));
    socket.on("error", () => socket.destroy());
    // Nothing is read, but the end must be noticed.
    socket.resume();
    if (records !== undefined) write(socket, whole());
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  await chmod(path, 0o600);
  if (options.reader !== undefined) await chown(path, options.reader.uid, options.reader.gid);
  server.on("error", (error) => log.error({ error: error.message }, "DNS records are not published"));

  const synced = [informers.services.synced, informers.endpointSlices.synced];
  if (options.podNames === "verified") synced.push(informers.pods.synced);
  void Promise.all(synced).then(publish);

  return {
    close: async () => {
      clearTimeout(timer);
      for (const reader of readers) reader.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
