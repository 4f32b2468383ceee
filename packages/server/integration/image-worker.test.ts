import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { zstdDecompressSync } from "node:zlib";
import { buildImage, packLayer } from "@bulkhead/images";
import { afterAll, describe, expect, test } from "vitest";
import { parseAnswer } from "../src/scanning/answer.ts";
import { frame, readFrames } from "../src/scanning/frames.ts";
import type { StoredReport } from "../src/scanning/job.ts";
import { openBlobs } from "../src/scanning/open-blobs.ts";
import { startWorker, WorkerError, type WorkerStart } from "../src/scanning/run-worker.ts";
import { serveScans } from "../src/scanning/serve.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-worker-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const blobs = join(folder, "blobs");
mkdirSync(join(blobs, "sha256"), { recursive: true });

function put(bytes: Uint8Array): string {
  const hex = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(join(blobs, "sha256", hex), bytes);
  return `sha256:${hex}`;
}

/** An image in a content store as containerd lays one out: its manifest's digest, and its layer's. */
async function stored(): Promise<{ readonly digest: string; readonly layer: string }> {
  const status = "Package: libc6\nStatus: install ok installed\nSource: glibc\nVersion: 2.41-12\nArchitecture: amd64\n";
  const layer = await packLayer([
    { type: "file", path: "etc/os-release", content: Buffer.from('ID=debian\nVERSION_ID="13"\n'), mode: 0o644 },
    { type: "file", path: "var/lib/dpkg/status.d/libc6", content: Buffer.from(status), mode: 0o644 },
  ]);
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const image = buildImage([layer], { architecture, entrypoint: ["/a"], user: "1" });
  for (const each of image.blobs) put(each.bytes);
  return {
    digest: put(image.manifest.bytes),
    layer: image.blobs.find((b) => b.mediaType.includes("layer"))?.digest ?? "",
  };
}

/** What the worker answers to a scan, in this process. */
async function answerTo(digest: string): Promise<{ readonly short: ReturnType<typeof parseAnswer>; whole: Buffer }> {
  const opened = await openBlobs(blobs, digest, "test");
  const [input, output] = [new PassThrough(), new PassThrough()];
  try {
    const handed = Object.fromEntries(opened.digests.map((each, i) => [each, opened.descriptors[i] ?? -1]));
    const job = { job: "scan", name: "test", digest, manifest: opened.manifest, blobs: handed };
    input.write(frame(Buffer.from(JSON.stringify({ now: 1000 }))));
    input.end(frame(Buffer.from(JSON.stringify(job))));
    await serveScans(input, async (bytes) => void output.write(bytes));
    output.end();
    const frames = readFrames(output);
    const short = parseAnswer((await frames.next(1 << 20)) ?? Buffer.alloc(0));
    return { short, whole: (await frames.next(1 << 20)) ?? Buffer.alloc(0) };
  } finally {
    await opened.close();
  }
}

test("an image is read through descriptors alone: in short for the agent, the whole packed", async () => {
  const { digest } = await stored();
  const { short, whole } = await answerTo(digest);
  expect(short).toMatchObject({ packages: 1, facts: { findings: [] } });
  const report = JSON.parse(zstdDecompressSync(whole).toString("utf8")) as StoredReport;
  expect(report).toMatchObject({ digest, scannedAt: 1000, matchedAt: 1000 });
  expect(report.scan.inventory.packages).toMatchObject([{ ecosystem: "dpkg", name: "libc6" }]);
});

test("a layer with another content than its digest says fails the scan, and a link in the store is not followed", async () => {
  const { digest, layer } = await stored();
  const path = join(blobs, "sha256", layer.slice(7));
  writeFileSync(path, "something else");
  const { short, whole } = await answerTo(digest);
  expect(short).toHaveProperty("failed");
  expect(whole).toHaveLength(0);
  rmSync(path);
  symlinkSync("/etc/hostname", path);
  await expect(openBlobs(blobs, digest, "test")).rejects.toMatchObject({ code: "absent" });
});

const reason = process.getuid?.() === 0 ? undefined : "needs root";

describe.skipIf(reason !== undefined)(
  `a worker's process${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    const user = 0x7bff_fff0;

    function start(program: string, more: Partial<WorkerStart> = {}) {
      const file = join(folder, `${createHash("sha256").update(program).digest("hex").slice(0, 12)}.mjs`);
      writeFileSync(file, program);
      return startWorker({
        program: { node: process.execPath, file, user, scratch: folder, filter: undefined, mark: {} },
        setting: { now: 0 },
        descriptors: [],
        deadline: 60_000,
        signal: new AbortController().signal,
        ...more,
      });
    }
    const answering = (bytes: string): string =>
      `const b = ${bytes}; const h = Buffer.alloc(4); h.writeUInt32LE(b.length);
     process.stdout.write(Buffer.concat([h, b, Buffer.alloc(4)])); process.stdin.resume();`;

    test("has no rights, no network, and bounds", async () => {
      const worker = start(
        `import { networkInterfaces } from "node:os"; import { readFileSync } from "node:fs";
       const of = (name) => new RegExp("^" + name + ":\\\\s*(\\\\S+)", "m").exec(readFileSync("/proc/self/status", "utf8"))[1];
       const up = Object.keys(networkInterfaces()).length;
       const failed = [process.getuid(), process.getgid(), process.getgroups().length, of("CapEff"), of("CapBnd"), of("NoNewPrivs"), up].join(" ");
       ${answering("Buffer.from(JSON.stringify({ failed }))")}`,
      );
      const none = "0".repeat(16);
      // Its own group counts as one of its groups.
      expect(await worker.ask({ job: "match" }, Buffer.alloc(1))).toEqual({
        failed: expect.stringMatching(new RegExp(`^${user} ${user} [01] ${none} ${none} 1 0$`)),
      });
      worker.close();
    });

    test.each([
      ["nonsense", answering('Buffer.from("{}")')],
      ["more than it may", "process.stdout.write(Buffer.alloc(64, 255)); process.stdin.resume();"],
      ["nothing", "process.exit(0);"],
      ["no end of memory", "const all = []; for (;;) all.push(Array.from({ length: 1e6 }, () => ({})));"],
    ])("that answers %s is an error, and gone", async (_, program) => {
      const worker = start(program);
      await expect(worker.ask({ job: "match" }, Buffer.alloc(1))).rejects.toThrow(WorkerError);
      worker.close();
    });

    test("that never answers is killed when its time is over", async () => {
      const worker = start("setInterval(() => undefined, 1000);", { deadline: 1500 });
      await expect(worker.ask({ job: "match" }, Buffer.alloc(1))).rejects.toThrow("took longer than 1.5 s");
    });
  },
);
