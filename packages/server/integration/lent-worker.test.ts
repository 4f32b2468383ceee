import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Log } from "@bulkhead/api";
import { buildImage, PatchError, packLayer } from "@bulkhead/images";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { watchAdvisories } from "../src/scanning/advisories.ts";
import { borrowPatch, borrowScan, type LentSupply } from "../src/scanning/borrow-worker.ts";
import { lendWorkers } from "../src/scanning/lend-workers.ts";
import { WorkerError } from "../src/scanning/run-worker.ts";

const program = fileURLToPath(new URL("../src/entries/image-worker.ts", import.meta.url));
const user = 0x7bff_fff2;
const why =
  process.getuid?.() !== 0
    ? "not root"
    : spawnSync("setpriv", ["--reuid", String(user), "--regid", String(user), "--clear-groups", "test", "-r", program])
          .status !== 0
      ? "an unprivileged user cannot read the sources"
      : undefined;

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe.skipIf(why !== undefined)(`a worker that is lent over a socket${why === undefined ? "" : ` (${why})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-lent-"));
  chmodSync(folder, 0o711);
  const path = join(folder, "worker.sock");
  const signal = new AbortController().signal;
  let lender: Awaited<ReturnType<typeof lendWorkers>>;
  beforeAll(async () => {
    lender = await lendWorkers({
      program: { node: process.execPath, file: program, user, group: [], filter: undefined, mark: {} },
      path,
      borrower: 0,
      advisories: watchAdvisories(join(folder, "none.db"), () => undefined),
      log: silent,
    });
  });
  afterAll(async () => {
    await lender.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const status = "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\nArchitecture: amd64\n";
  async function image(): Promise<{ readonly digest: string; readonly supply: LentSupply; readonly asked: string[] }> {
    const layer = await packLayer([
      {
        type: "file",
        path: "etc/os-release",
        content: Buffer.from('ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'),
        mode: 0o644,
      },
      { type: "file", path: "var/lib/dpkg/status", content: Buffer.from(status), mode: 0o644 },
    ]);
    const { manifest, blobs } = buildImage([layer], { architecture: "amd64", entrypoint: ["/x"], user: "1" });
    const all = new Map([manifest, ...blobs].map((blob) => [blob.digest, blob.bytes]));
    const asked: string[] = [];
    const get = (digest: string): Uint8Array => {
      asked.push(digest);
      const bytes = all.get(digest);
      if (bytes === undefined) throw new PatchError("absent", `${digest} is not there`);
      return bytes;
    };
    return {
      digest: manifest.digest,
      asked,
      supply: {
        manifest: async (digest) => get(digest),
        config: async (digest) => get(digest),
        layer: async function* (digest) {
          yield get(digest);
        },
        file: async (url) => {
          throw new PatchError("unreachable", `${url} is not reached`);
        },
      },
    };
  }
  const job = (digest: string) => ({ name: "test/image", digest, now: Date.now() });

  test("is for one user, and reads an image whose every byte it asked for", async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { digest, supply, asked } = await image();
    const answer = await borrowScan({ path, signal }, { job: "scan", ...job(digest) }, supply);
    expect(answer).toMatchObject({ packages: 1, distribution: expect.stringContaining("debian") });
    expect(asked[0]).toBe(digest);
    expect(asked.length).toBe(3);
  });

  test("says why an image cannot be read, and believes no bytes of another digest", async () => {
    const { digest, supply } = await image();
    const gone = {
      ...supply,
      layer: () => {
        throw new PatchError("absent", "no such layer");
      },
    };
    expect(await borrowScan({ path, signal }, { job: "scan", ...job(digest) }, gone)).toEqual({
      failed: "no such layer",
    });
    const other = { ...supply, manifest: async () => Buffer.from("{}") };
    expect(await borrowScan({ path, signal }, { job: "scan", ...job(digest) }, other)).toEqual({
      failed: expect.stringContaining("digest"),
    });
  });

  test("patches nothing where nothing is known to be missing", async () => {
    const { digest, supply } = await image();
    const answer = await borrowPatch({ path, signal }, { job: "patch", ...job(digest), repositories: [] }, supply);
    expect(answer).toEqual({ base: "debian trixie", upgrades: [], refused: [], notes: [], made: 0 });
  });

  test("is gone with its connection, and its number is bounded", async () => {
    const { digest, supply } = await image();
    const idle = [1, 2].map(() => net.connect(path));
    const waiting = borrowScan({ path, signal }, { job: "scan", ...job(digest) }, supply);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const socket of idle) socket.destroy();
    expect(await waiting).toMatchObject({ packages: 1 });
    const stop = new AbortController();
    stop.abort();
    await expect(
      borrowScan({ path: join(folder, "no.sock"), signal: stop.signal }, { job: "scan", ...job(digest) }, supply),
    ).rejects.toThrow(WorkerError);
  });
});
