import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { createServer } from "node:net";
import { join } from "node:path";

/** A running etcd, asked over gRPC as kube-apiserver asks it. */
export interface Etcd {
  readonly version: string;
  put(key: string, value: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Starts an etcd of its own, from PATH or from Debian's package unpacked into `folder`; a string says why there is none. */
export async function startEtcd(folder: string): Promise<Etcd | string> {
  const program = findEtcd(folder);
  if (!program.startsWith("/")) return program;
  const version = execFileSync(program, ["--version"]).toString().split("\n")[0] ?? "";
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const options = {
    "--data-dir": join(folder, "etcd-data"),
    "--listen-client-urls": url,
    "--advertise-client-urls": url,
    "--listen-peer-urls": peerUrl,
    "--initial-advertise-peer-urls": peerUrl,
    "--initial-cluster": `default=${peerUrl}`,
  };
  const child = spawn(program, Object.entries(options).flat(), { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const session = await connected(url);
  return {
    version,
    put: (key, value) => put(session, key, value),
    async close() {
      session.destroy();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function findEtcd(folder: string): string {
  try {
    return execFileSync("/bin/sh", ["-c", "command -v etcd"]).toString().trim();
  } catch {
    // Not on the path: Debian's package, unpacked beside the data, touches nothing of the system.
  }
  const parts = join(folder, "etcd-package");
  mkdirSync(parts);
  try {
    execFileSync("apt-get", ["download", "etcd-server"], { cwd: parts, stdio: "ignore" });
    const [file] = readdirSync(parts).filter((name) => name.endsWith(".deb"));
    execFileSync("dpkg-deb", ["-x", join(parts, file ?? ""), parts]);
  } catch {
    return "etcd is not on the path, and Debian's etcd-server package could not be fetched";
  }
  const program = join(parts, "usr/bin/etcd");
  return existsSync(program) ? program : "Debian's etcd-server package holds no etcd";
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function connected(url: string): Promise<ClientHttp2Session> {
  for (let left = 100; ; left--) {
    const session = connect(url);
    try {
      await new Promise<void>((resolve, reject) => session.once("connect", () => resolve()).once("error", reject));
      await put(session, "ready", Buffer.from("?"));
      return session;
    } catch (error) {
      session.destroy();
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** etcdserverpb.KV/Put with the message written by hand: key is field 1, value field 2. */
function put(session: ClientHttp2Session, key: string, value: Uint8Array): Promise<void> {
  const message = Buffer.concat([field(0x0a, Buffer.from(key)), field(0x12, value)]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/etcdserverpb.KV/Put",
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: unknown;
    stream.on("response", (headers) => (status = headers["grpc-status"] ?? status));
    stream.on("trailers", (headers) => (status = headers["grpc-status"]));
    stream.on("data", () => {});
    stream.on("error", reject);
    stream.on("close", () =>
      status === "0" ? resolve() : reject(new Error(`etcd answered status ${String(status)}`)),
    );
    stream.end(Buffer.concat([header, message]));
  });
}

function field(tag: number, bytes: Uint8Array): Buffer {
  const prefix = [tag];
  for (let length = bytes.length; ; length >>>= 7) {
    if (length < 0x80) {
      prefix.push(length);
      return Buffer.concat([Buffer.from(prefix), bytes]);
    }
    prefix.push((length & 0x7f) | 0x80);
  }
}
