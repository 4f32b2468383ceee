import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { joinStreams } from "@bulkhead/client";
import type { CriClient } from "../cri/client.ts";
import { type FindPod, findPod, runningContainer } from "./find.ts";
import { flag } from "./query.ts";
import { Refusal } from "./refusal.ts";

/** All that goes on to the runtime: no credential, no cookie, no forwarding header. */
const carried = [
  "upgrade",
  "connection",
  "x-stream-protocol-version",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
] as const;

/** Asks the runtime for a streaming address after checking who is meant. */
export async function streamUrl(cri: CriClient, find: FindPod, path: string, query: URLSearchParams): Promise<string> {
  const [, verb = "", namespace = "", name = "", uid = "", container = ""] = path
    .split("/")
    .map((part) => decodeURIComponent(part));
  if (uid === "") throw new Refusal(404, "the path must name a pod and its UID");
  const found = findPod(find, namespace, name, uid);
  switch (verb) {
    case "exec": {
      const target = runningContainer(found, container);
      const tty = flag(query, "tty");
      const cmd = query.getAll("command");
      if (cmd.length === 0) throw new Refusal(400, "you must specify at least 1 command for the container");
      const answer = await cri.call("Exec", {
        containerId: target.container.id,
        cmd,
        tty,
        ...streams(query, tty),
      });
      return answer.url;
    }
    case "attach": {
      const target = runningContainer(found, container);
      const tty = target.spec.tty === true;
      const answer = await cri.call("Attach", { containerId: target.container.id, tty, ...streams(query, tty) });
      return answer.url;
    }
    case "portForward": {
      const sandbox = found.runtime.sandboxes.find(({ ready }) => ready);
      if (sandbox === undefined) throw new Refusal(404, `pod "${namespace}/${name}" is not running`);
      const port = [...query.getAll("port"), ...query.getAll("ports")].flatMap((text) => text.split(",").map(Number));
      if (port.some((each) => !Number.isInteger(each) || each < 1 || each > 65_535)) {
        throw new Refusal(400, "port must be a number from 1 to 65535");
      }
      const answer = await cri.call("PortForward", { podSandboxId: sandbox.id, port });
      return answer.url;
    }
    default:
      throw new Refusal(404, `there is nothing to upgrade at /${verb}`);
  }
}

function streams(query: URLSearchParams, tty: boolean): { stdin: boolean; stdout: boolean; stderr: boolean } {
  const wanted = {
    stdin: flag(query, "stdin", "input"),
    stdout: flag(query, "stdout", "output"),
    // A terminal has one output.
    stderr: flag(query, "stderr", "error") && !tty,
  };
  if (!wanted.stdin && !wanted.stdout && !wanted.stderr) {
    throw new Refusal(400, "you must specify at least 1 of stdin, stdout, stderr");
  }
  return wanted;
}

const statusLine = (code: number, text: string): string => `HTTP/1.1 ${code} ${text}\r\n`;

function head(response: IncomingMessage): string {
  const lines: string[] = [];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    lines.push(`${response.rawHeaders[index]}: ${response.rawHeaders[index + 1]}`);
  }
  return `${statusLine(response.statusCode ?? 500, response.statusMessage ?? "")}${lines.join("\r\n")}\r\n\r\n`;
}

/** Answers a refused upgrade and closes. */
export function refuseUpgrade(socket: Duplex, code: number, message: string): void {
  if (socket.destroyed) return;
  const body = `${message}\n`;
  socket.end(
    `${statusLine(code, "Refused")}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Passes an upgraded connection to the runtime's streaming server, byte for byte, until either side ends. */
export function tunnel(incoming: IncomingMessage, socket: Duplex, first: Buffer, url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers: Record<string, string | string[]> = {};
  for (const name of carried) {
    const value = incoming.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  const target = new URL(url);
  const outgoing = request({
    host: target.hostname,
    port: target.port,
    path: `${target.pathname}${target.search}`,
    method: incoming.method ?? "POST",
    headers,
    agent: false,
    timeout: 30_000,
  });
  outgoing.once("timeout", () => outgoing.destroy(new Error("the runtime's streaming server does not answer")));
  outgoing.once("error", (error) => reject(new Refusal(503, `streaming failed: ${error.message}`, error)));
  outgoing.once("response", (response) => {
    // The runtime refused the upgrade: its answer is the client's.
    socket.write(head(response));
    response.pipe(socket);
    response.once("close", resolve);
  });
  outgoing.once("upgrade", (response, upstream, early) => {
    upstream.setTimeout(0);
    socket.write(head(response));
    if (early.length > 0) socket.write(early);
    if (first.length > 0) upstream.write(first);
    void joinStreams(socket, upstream).then(resolve);
  });
  socket.once("error", () => outgoing.destroy());
  outgoing.end();
  return promise;
}
