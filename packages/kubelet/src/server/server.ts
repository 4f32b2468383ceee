import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Log } from "@bulkhead/api";
import type { CriClient } from "../cri/client.ts";
import { readLog } from "../logs/read.ts";
import type { ServingOptions } from "../options.ts";
import { type FindPod, findPod, loggedContainer } from "./find.ts";
import { logOptions } from "./query.ts";
import { Refusal } from "./refusal.ts";
import { resourceMetrics, statsSummary } from "./stats.ts";
import { refuseUpgrade, streamUrl, tunnel } from "./tunnel.ts";

export interface ServerOptions extends ServingOptions {
  readonly cri: CriClient;
  readonly log: Log;
  readonly nodeName: string;
  readonly root: string;
  readonly now: () => number;
  readonly find: FindPod;
}

export interface RunningServer {
  readonly port: number;
  /** New connections meet the new certificates. */
  renew(material: Pick<ServingOptions, "cert" | "key" | "clientCa">): void;
  close(): Promise<void>;
}

const mostConnections = 512;
/** Bytes of what the API server may tell at once. */
const mostTold = 64 * 1024;

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostTold) throw new Refusal(400, `more than ${mostTold} bytes`);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw new Refusal(400, "not JSON");
  }
}

/** Whether the certificate at the other end is one that may call: signed by our CA, and of a name on the list. */
function mayCall(socket: TLSSocket, names: readonly string[]): boolean {
  if (!socket.authorized) return false;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" && names.includes(name);
}

/** The agent's port: logs, stats, and streams into containers. Every request is of the API server's certificate. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { cri, log, find, now } = options;
  const server = createServer({
    cert: options.cert,
    key: options.key,
    ca: options.clientCa,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
  });
  server.maxConnections = mostConnections;
  const streams = new Set<Duplex>();

  function authorize(request: IncomingMessage): void {
    if (!mayCall(request.socket as TLSSocket, options.clientNames)) {
      throw new Refusal(403, "only the API server may call this port");
    }
  }

  async function logs(url: URL, response: ServerResponse): Promise<void> {
    const [, , namespace = "", name = "", container = ""] = url.pathname
      .split("/")
      .map((part) => decodeURIComponent(part));
    const asked = logOptions(url.searchParams, now());
    const target = loggedContainer(findPod(find, namespace, name), container, asked.previous);
    const running = (): boolean =>
      find(namespace, name)?.runtime.containers.some(({ id, phase }) => id === target.id && phase === "running") ??
      false;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    response.flushHeaders();
    for await (const piece of readLog(target.logPath, asked, running, gone.signal)) {
      if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    response.end();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    authorize(request);
    const url = new URL(request.url ?? "/", "https://agent");
    if (request.method === "POST" && url.pathname === "/identitySignals" && options.identitySignal !== undefined) {
      options.identitySignal(await jsonOf(request));
      response.writeHead(204).end();
      return;
    }
    if (request.method !== "GET") throw new Refusal(405, "only GET is served here, and upgrades");
    const top = url.pathname.split("/")[1];
    if (top === "healthz") {
      response.end("ok");
    } else if (top === "containerLogs") {
      await logs(url, response);
    } else if (url.pathname === "/stats/summary") {
      const body = JSON.stringify(await statsSummary(cri, options.nodeName, options.root, now()));
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    } else if (url.pathname === "/metrics") {
      const body = options.metrics?.() ?? "";
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(body);
    } else if (url.pathname === "/metrics/resource") {
      const body = resourceMetrics(await statsSummary(cri, options.nodeName, options.root, now()));
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(body);
    } else {
      throw new Refusal(404, "not found");
    }
  }

  const codeOf = (error: unknown): number => (error instanceof Refusal ? error.code : 500);
  const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  server.on("request", (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal)) log.warn({ error: String(error) }, "an agent request failed");
      if (response.headersSent) response.destroy();
      else
        response.writeHead(codeOf(error), { "content-type": "text/plain; charset=utf-8" }).end(`${messageOf(error)}\n`);
    });
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, first: Buffer): Promise<void> {
    authorize(request);
    const url = new URL(request.url ?? "/", "https://agent");
    const target = await streamUrl(cri, find, url.pathname, url.searchParams);
    await tunnel(request, socket, first, target);
  }

  server.on("upgrade", (request, socket: Duplex, first: Buffer) => {
    streams.add(socket);
    socket.once("close", () => streams.delete(socket));
    socket.on("error", () => socket.destroy());
    upgrade(request, socket, first).catch((error: unknown) => {
      if (!(error instanceof Refusal)) log.warn({ error: String(error) }, "an agent stream failed");
      refuseUpgrade(socket, codeOf(error), messageOf(error));
    });
  });

  server.listen(options.port, options.address ?? "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    renew: ({ cert, key, clientCa }) => server.setSecureContext({ cert, key, ca: clientCa, minVersion: "TLSv1.3" }),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      for (const stream of streams) stream.destroy();
      await closed;
    },
  };
}
