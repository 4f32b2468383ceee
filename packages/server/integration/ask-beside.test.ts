import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { askBeside } from "../src/scanning/ask-beside.ts";
import { WorkerError } from "../src/scanning/run-worker.ts";

const file = fileURLToPath(new URL("../src/entries/image-worker.ts", import.meta.url));
const user = 0x7bff_fff3;
const why =
  process.getuid?.() !== 0
    ? "not root"
    : spawnSync("setpriv", ["--reuid", String(user), "--regid", String(user), "--clear-groups", "test", "-r", file])
          .status !== 0
      ? "an unprivileged user cannot read the sources"
      : undefined;

const digest = `sha256:${"a".repeat(64)}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const sum = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const type = "application/vnd.openvex+json";
const document = json({ "@context": "https://openvex.dev/ns/v0.2.0", author: "vendor", statements: [] });
const manifest = json({
  artifactType: type,
  layers: [{ mediaType: type, digest: sum(document), size: document.length }],
  subject: { digest },
});
const index = json({ manifests: [{ digest: sum(manifest), artifactType: type }] });

/** Whose process holds the other end of a connection on loopback, as the kernel knows it. */
function userAt(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .find((each) => each.trim().split(/\s+/)[1] === `0100007F:${hex}`);
  return line === undefined ? undefined : Number(line.trim().split(/\s+/)[7]);
}

describe.skipIf(why !== undefined)(
  `what lies beside an image is asked by a process without rights${why === undefined ? "" : ` (${why})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "bulkhead-beside-"));
    const users = new Set<number | undefined>();
    let serve: ((path: string, response: ServerResponse) => void) | undefined;
    const answers: Readonly<Record<string, Buffer>> = {
      [`/v2/shop/web/referrers/${digest}`]: index,
      [`/v2/shop/web/manifests/${sum(manifest)}`]: manifest,
      [`/v2/shop/web/blobs/${sum(document)}`]: document,
    };
    const registry = createServer((request: IncomingMessage, response) => {
      users.add(userAt(request.socket.remotePort ?? 0));
      const path = request.url ?? "";
      if (serve !== undefined) return serve(path, response);
      const bytes = answers[path];
      response.statusCode = bytes === undefined ? 404 : 200;
      response.end(bytes);
    });
    let host: string;
    beforeAll(async () => {
      await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", () => resolve()));
      host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      serve = undefined;
      users.clear();
    });
    afterAll(() => {
      registry.closeAllConnections();
      registry.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const ask = (more: { readonly program?: string; readonly patience?: number; readonly grace?: number } = {}) =>
      askBeside({
        program: {
          node: process.execPath,
          file: more.program ?? file,
          user,
          network: true,
          group: [],
          filter: undefined,
          mark: {},
        },
        reach: async () => ({ authorities: {}, plainHttp: [host], mirrors: [], timeout: 5000 }),
        patience: more.patience ?? 30_000,
        ...(more.grace === undefined ? {} : { grace: more.grace }),
        now: Date.now,
      })({ registry: host, repository: "shop/web", digest });

    test("every connection to the registry is that user's, and what came is handed on unread", async () => {
      const found = await ask();
      expect([...users]).toEqual([user]);
      expect(found).toMatchObject({ carried: 1, failures: 0, unanswered: false });
      const { carried } = JSON.parse(found.whole.toString("utf8")) as { carried: { base64: string }[] };
      expect(Buffer.from(carried[0]?.base64 ?? "", "base64").equals(document)).toBe(true);
    });

    test("manifests of any shape are its own to read", async () => {
      const nested = Buffer.from("[".repeat(100_000));
      serve = (path, response) => void response.end(path.includes("/referrers/") ? nested : Buffer.from("\u0000{"));
      const found = await ask();
      expect([...users]).toEqual([user]);
      expect(found).toMatchObject({ carried: 0, unanswered: false });
      expect(found.failures).toBeGreaterThan(0);
    });

    test("a registry that never answers costs its patience, and is one that did not answer", async () => {
      serve = () => undefined;
      expect(await ask({ patience: 300 })).toMatchObject({ carried: 0, unanswered: true });
    });

    test.each([
      ["crashes", "process.abort();", "gave no answer"],
      ["hangs", "setInterval(() => undefined, 1000);", "took longer than"],
      ["answers nonsense", "process.stdout.write(Buffer.from([2, 0, 0, 0, 123, 125, 0, 0, 0, 0]));", "answer is none"],
    ])("one that %s is an error, and gone", async (name, source, says) => {
      const program = join(folder, `${name.split(" ")[0]}.mjs`);
      writeFileSync(program, source);
      spawnSync("chmod", ["755", folder]);
      const failed = ask({ program, patience: 500, grace: 1000 });
      await expect(failed).rejects.toThrow(WorkerError);
      await expect(failed).rejects.toThrow(says);
    });
  },
);
