import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OpenSocketError, openSocketInNamespace } from "../src/index.ts";
import { lacking } from "./support/machine.ts";

const missing = lacking("setpriv");

/** Runs as nobody, with the socket as descriptor 3. */
function startAsNobody(fd: number, script: string) {
  const args = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", process.execPath, "-e", script];
  const child = spawn("setpriv", args, { stdio: ["ignore", "pipe", "inherit", fd], cwd: "/" });
  const stdout = child.stdout;
  if (stdout === null) throw new Error("no standard output");
  return { child, up: once(stdout, "data"), end: () => (child.kill(), once(child, "exit")) };
}

describe.skipIf(missing !== "")(`sockets opened inside a namespace ${missing}`, () => {
  const name = `bht-sock-${process.pid}`;
  const netns = `/run/netns/${name}`;
  let folder: string;

  const inside = (script: string): string =>
    execFileSync("nsenter", [`--net=${netns}`, "--", process.execPath, "-e", script], {
      encoding: "utf8",
      timeout: 20_000,
    });

  beforeAll(async () => {
    execFileSync("ip", ["netns", "add", name]);
    execFileSync("ip", ["-n", name, "link", "set", "lo", "up"]);
    execFileSync("ip", ["-n", name, "address", "add", "10.202.0.1/32", "dev", "lo"]);
    folder = await mkdtemp(join(tmpdir(), "bulkhead-socket-"));
  });
  afterAll(async () => {
    execFileSync("ip", ["netns", "delete", name]);
    await rm(folder, { recursive: true });
  });

  test("an unprivileged child serves HTTP/2 over TLS on it, where it has no right to go", async () => {
    const key = join(folder, "key.pem");
    const cert = join(folder, "cert.pem");
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "1",
        "-subj",
        "/CN=test",
      ],
      { stdio: "ignore" },
    );
    const socket = await openSocketInNamespace(netns, "10.202.0.1", 443, "tcp");
    const child = startAsNobody(
      socket.fd,
      `const s = require("node:http2").createSecureServer({ key: ${JSON.stringify(readFileSync(key, "utf8"))}, cert: ${JSON.stringify(readFileSync(cert, "utf8"))}, allowHTTP1: true }, (q, r) => r.end("uid " + process.getuid()));
       s.listen({ fd: 3 }, () => console.log("up"));`,
    );
    try {
      await child.up;
      const said = inside(
        `const c = require("node:http2").connect("https://10.202.0.1", { rejectUnauthorized: false });
         const q = c.request({ ":path": "/" }); q.setEncoding("utf8"); q.on("data", (d) => process.stdout.write(d)); q.on("end", () => c.close()); q.end();`,
      );
      expect(said).toBe("uid 65534");
    } finally {
      await child.end();
      socket.close();
    }
  });

  test("and UDP, again after the child was replaced", async () => {
    const socket = await openSocketInNamespace(netns, "10.202.0.1", 53, "udp");
    try {
      for (const round of ["one", "two"]) {
        const child = startAsNobody(
          socket.fd,
          `const s = require("node:dgram").createSocket("udp4");
           s.on("message", (m, p) => s.send("${round} " + m, p.port, p.address));
           s.bind({ fd: 3 }, () => console.log("up"));`,
        );
        await child.up;
        const said = inside(
          `const s = require("node:dgram").createSocket("udp4");
           s.on("message", (m) => { process.stdout.write(m); s.close(); }); s.send("hello", 53, "10.202.0.1");`,
        );
        expect(said).toBe(`${round} hello`);
        await child.end();
      }
    } finally {
      socket.close();
    }
  });

  test("says why it could not", async () => {
    const first = await openSocketInNamespace(netns, "10.202.0.1", 444, "tcp");
    const refused = openSocketInNamespace(netns, "10.202.0.1", 444, "tcp");
    await expect(refused).rejects.toMatchObject({ code: "address-in-use" });
    first.close();
    await expect(openSocketInNamespace(netns, "10.9.9.9", 444, "tcp")).rejects.toMatchObject({
      code: "address-unavailable",
    });
    await expect(openSocketInNamespace("/run/netns/none-such", "10.9.9.9", 444, "tcp")).rejects.toBeInstanceOf(
      OpenSocketError,
    );
  });
});
