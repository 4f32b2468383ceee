import { spawn } from "node:child_process";

export type SocketKind = "tcp" | "udp";

export type OpenSocketErrorCode = "no-namespace" | "address-unavailable" | "address-in-use" | "failed";

/** A socket could not be opened inside the namespace. */
export class OpenSocketError extends Error {
  readonly code: OpenSocketErrorCode;
  constructor(code: OpenSocketErrorCode, message: string) {
    super(message);
    this.name = "OpenSocketError";
    this.code = code;
  }
}

/** A socket that lives in another network namespace; whoever gets the descriptor serves it, without rights there. */
export interface NamespaceSocket {
  /** To be given to a child in its `stdio`; there `listen({ fd })`, or `bind({ fd })` of a datagram socket. */
  readonly fd: number;
  /** Gives up this process' copy; children keep theirs. */
  close(): void;
}

/** What node:child_process passes for a bare libuv handle: nothing accepts on it here. */
interface BareHandle {
  readonly fd: number;
  close(): void;
}

const isBareHandle = (value: unknown): value is BareHandle =>
  typeof value === "object" && value !== null && "fd" in value && typeof value.fd === "number" && value.fd >= 0;

/**
 * Runs inside the namespace, opens the socket, hands it over and ends. Given as text, so that a bundled program needs no
 * second file. The bare handle is sent: a Server sent whole would begin to accept in the parent.
 */
const opener = `
const [address, port, kind] = process.argv.slice(1);
const fail = (error) => process.send({ error: error.code ?? "unknown", message: error.message }, () => process.exit(1));
const give = (socket) => process.send({ open: true }, socket._handle, {}, () => process.exit(0));
if (kind === "udp") {
  const socket = require("node:dgram").createSocket({ type: address.includes(":") ? "udp6" : "udp4" });
  socket.on("error", fail).bind({ address, port: Number(port), exclusive: true }, () => give(socket));
} else {
  const server = require("node:net").createServer();
  server.on("error", fail).listen({ host: address, port: Number(port), exclusive: true, backlog: 511 }, () => give(server));
}`;

const codes: Readonly<Record<string, OpenSocketErrorCode>> = {
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-unavailable",
};

const timeoutMs = 30_000;

/**
 * Opens a listening TCP or a bound UDP socket inside a network namespace (socket activation). Needs root. A firewall of
 * the host's does not see its traffic. Rejects with OpenSocketError.
 */
export function openSocketInNamespace(
  netns: string,
  address: string,
  port: number,
  kind: SocketKind,
): Promise<NamespaceSocket> {
  return new Promise((resolve, reject) => {
    const args = [`--net=${netns}`, "--", process.execPath, "-e", opener, address, String(port), kind];
    const child = spawn("nsenter", args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const where = `${kind} ${address} port ${port} in ${netns}`;
    let stderr = "";
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      act();
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      settle(() => reject(new OpenSocketError("failed", `${where}: no answer in ${timeoutMs} ms`)));
    }, timeoutMs);
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(0, 1024);
    });
    child.on("message", (message: { error?: string; message?: string }, handle: unknown) => {
      if (isBareHandle(handle)) settle(() => resolve({ fd: handle.fd, close: () => handle.close() }));
      else {
        const code = codes[message.error ?? ""] ?? "failed";
        settle(() => reject(new OpenSocketError(code, `${where}: ${message.message ?? "no socket came"}`)));
      }
    });
    child.on("error", (error) => settle(() => reject(new OpenSocketError("failed", `${where}: ${error.message}`))));
    child.on("exit", (code) => {
      // The message with the socket may still be on its way when the exit is seen.
      setImmediate(() =>
        settle(() =>
          reject(
            new OpenSocketError(
              code === 1 && stderr.includes("nsenter") ? "no-namespace" : "failed",
              `${where}: ${stderr.trim()}`,
            ),
          ),
        ),
      ).unref();
    });
  });
}
