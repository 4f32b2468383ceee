import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { zstdDecompressSync } from "node:zlib";
import { buildImage, packedRecordLimit, packLayer } from "@bulkhead/images";
import { cgroupSetup, probeCgroups, removePodCgroups } from "@bulkhead/kubelet";
import { rolldown } from "rolldown";
import { afterAll, describe, expect, test } from "vitest";
import { parseAnswer, parseLayerAnswer, parseLayoutAnswer } from "../src/scanning/answer.ts";
import { frame, readFrames } from "../src/scanning/frames.ts";
import type { StoredReport, WorkerJob } from "../src/scanning/job.ts";
import { openLayerRecords } from "../src/scanning/layer-records.ts";
import { openBlob, openBlobs } from "../src/scanning/open-blobs.ts";
import { openRecords } from "../src/scanning/read-layers.ts";
import {
  type ImageWorker,
  startWorker,
  WorkerError,
  type WorkerProgram,
  type WorkerStart,
} from "../src/scanning/run-worker.ts";
import { serveScans } from "../src/scanning/serve.ts";
import { workerGroup } from "../src/scanning/worker-group.ts";

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

const debian = 'ID=debian\nVERSION_ID="13"\n';

/** An image in a content store as containerd lays one out: its manifest's digest, and its layers'. Each layer: a package. */
async function stored(...names: string[]): Promise<{ readonly digest: string; readonly layers: readonly string[] }> {
  const layers = await Promise.all(
    names.map((name) =>
      packLayer([
        { type: "file", path: "etc/os-release", content: Buffer.from(debian), mode: 0o644 },
        {
          type: "file",
          path: `var/lib/dpkg/status.d/${name}`,
          content: Buffer.from(
            `Package: ${name}\nStatus: install ok installed\nVersion: 2.41-12\nArchitecture: amd64\n`,
          ),
          mode: 0o644,
        },
      ]),
    ),
  );
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const image = buildImage(layers, { architecture, entrypoint: ["/a"], user: "1" });
  for (const each of image.blobs) put(each.bytes);
  return {
    digest: put(image.manifest.bytes),
    layers: image.blobs.filter((b) => b.mediaType.includes("layer")).map((b) => b.digest),
  };
}

/** What the worker answers to one job, in this process. */
async function answered(
  job: WorkerJob,
  more: readonly Uint8Array[] = [],
): Promise<{ readonly short: Buffer; readonly whole: Buffer }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.write(frame(Buffer.from(JSON.stringify({ now: 1000, key: "" }))));
  input.write(frame(Buffer.from(JSON.stringify(job))));
  for (const each of more) input.write(frame(each));
  input.end();
  await serveScans(input, async (bytes) => void output.write(bytes));
  output.end();
  const frames = readFrames(output);
  const short = (await frames.next(1 << 20)) ?? Buffer.alloc(0);
  return { short, whole: (await frames.next(packedRecordLimit.packed)) ?? Buffer.alloc(0) };
}

/** A worker in this process that says what an image consists of. */
const layout = (): Pick<ImageWorker, "layout" | "close"> => ({
  layout: async (job, more) => parseLayoutAnswer((await answered(job, more)).short),
  close: () => undefined,
});

/** A worker in this process; descriptors are its own already. */
function honest([blob = -1, spool = -1]: readonly number[]): Pick<ImageWorker, "read" | "close"> {
  return {
    async read(job) {
      const { short, whole } = await answered({ ...job, blob, spool });
      const answer = parseLayerAnswer(short);
      return "failed" in answer ? answer : { ...answer, record: whole };
    },
    close: () => undefined,
  };
}

const records = await openLayerRecords(join(folder, "records"));
type Start = Parameters<typeof openRecords>[0]["start"];

/** What is found in an image whose layers are read as the agent has them read. */
async function answerTo(digest: string, start: Start = honest) {
  const opened = await openBlobs({ blobs, digest, name: "test", start: layout });
  try {
    const { layers } = opened;
    const laid = await openRecords({ layers, name: "test", records, openBlob: (d) => openBlob(blobs, d), start });
    try {
      const { short, whole } = await answered({
        job: "scan",
        name: "test",
        digest,
        manifest: opened.manifest,
        blobs: Object.fromEntries(opened.digests.map((each, i) => [each, opened.descriptors[i] ?? -1])),
        records: Object.fromEntries(layers.map((each, i) => [each, laid.descriptors[i] ?? -1])),
      });
      return { short: parseAnswer(short), whole, read: laid.read };
    } finally {
      await laid.close();
    }
  } finally {
    await opened.close();
  }
}

test("an image is read through descriptors alone, its layers once: in short for the agent, the whole packed", async () => {
  const { digest } = await stored("libc6");
  const { short, whole, read } = await answerTo(digest);
  expect(read).toBe(1);
  expect(short).toMatchObject({ packages: 1, facts: { findings: [] } });
  const report = JSON.parse(zstdDecompressSync(whole).toString("utf8")) as StoredReport;
  expect(report).toMatchObject({ digest, scannedAt: 1000, matchedAt: 1000 });
  expect(report.scan.inventory.packages).toMatchObject([{ ecosystem: "dpkg", name: "libc6" }]);
  expect(await answerTo(digest)).toMatchObject({ read: 0, short });
});

test("of an image nothing is opened that its own manifest does not name, and an index leads to its manifest", async () => {
  const [image, other] = [await stored("gzip"), await stored("bzip2")];
  const answers = (answer: object) => () => ({ layout: async () => answer as never, close: () => undefined });
  const open = (start: () => Pick<ImageWorker, "layout" | "close">, digest = image.digest) =>
    openBlobs({ blobs, digest, name: "test", start });
  for (const answer of [
    { manifest: image.digest, config: image.digest, layers: other.layers },
    { manifest: other.digest, config: image.digest, layers: [] },
    { wanted: other.digest },
  ])
    await expect(open(answers(answer))).rejects.toMatchObject({ code: "malformed" });
  await expect(open(answers({ wanted: image.digest }))).rejects.toMatchObject({ code: "limit" });
  await expect(open(answers({ failed: "no manifest" }))).rejects.toThrow("no manifest");
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };
  const index = put(
    Buffer.from(JSON.stringify({ manifests: [{ mediaType, digest: image.digest, size: 1, platform }] })),
  );
  const opened = await open(layout, index);
  expect(opened).toMatchObject({ manifest: image.digest, layers: image.layers });
  await opened.close();
});

test("a layer with another content than its digest says fails the scan, and a link in the store is not followed", async () => {
  const { digest, layers } = await stored("zlib1g");
  const path = join(blobs, "sha256", layers[0]?.slice(7) ?? "");
  writeFileSync(path, "something else");
  await expect(answerTo(digest)).rejects.toThrow("its bytes have the digest");
  rmSync(path);
  symlinkSync("/etc/hostname", path);
  await expect(answerTo(digest)).rejects.toMatchObject({ code: "absent" });
});

test("a broken layer is one blind spot, said each time anew", async () => {
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const good = await packLayer([{ type: "file", path: "a", content: Buffer.from("a"), mode: 0o644 }]);
  const image = buildImage([good], { architecture, entrypoint: ["/a"], user: "1" });
  const layer = put(Buffer.from("no tar at all, and longer than a block: ".repeat(40)));
  const [was] = image.blobs.filter((b) => b.mediaType.includes("layer"));
  for (const each of image.blobs) put(each.bytes);
  const manifest = Buffer.from(image.manifest.bytes)
    .toString("utf8")
    .replaceAll(was?.digest ?? "", layer);
  const digest = put(Buffer.from(manifest));
  for (const read of [1, 1])
    expect(await answerTo(digest)).toMatchObject({
      read,
      short: { packages: 0, facts: { blindSpots: [{ what: "layer", where: layer }] } },
    });
});

test("a record that is another layer's, or nothing, fails the one scan that uses it", async () => {
  const [base, hostile] = [await stored("perl-base"), await stored("perl-base", "hostile")];
  await answerTo(base.digest);
  const shared = await records.open(base.layers[0] ?? "");
  const bytes = readFileSync(`/proc/self/fd/${shared?.fd}`).subarray(65);
  await shared?.close();
  const asked: (readonly number[])[] = [];
  const lying =
    (record: Uint8Array): Start =>
    (descriptors) => {
      asked.push(descriptors);
      return { read: async () => ({ complete: true, record: Buffer.from(record) }), close: () => undefined };
    };
  const { short } = await answerTo(hostile.digest, lying(bytes));
  expect(short).toMatchObject({ failed: expect.stringContaining("is not that layer's") });
  // It was asked about its own layer alone, saw that layer and an empty file, and its lie stays with it.
  expect(asked).toEqual([[expect.any(Number), expect.any(Number)]]);
  expect(await answerTo(base.digest)).toMatchObject({ read: 0, short: { packages: 1 } });
  const other = await stored("perl-base", "nonsense");
  const said = await answerTo(other.digest, lying(Buffer.from("{}")));
  expect(said.short).toMatchObject({ failed: expect.stringContaining("does not unpack") });
});

const reason = process.getuid?.() === 0 ? undefined : "needs root";

describe.skipIf(reason !== undefined)(
  `a worker's process${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    const user = 0x7bff_fff0;

    function start(
      source: string,
      { program, ...more }: Partial<Omit<WorkerStart, "program">> & { readonly program?: Partial<WorkerProgram> } = {},
    ) {
      const file = join(folder, `${createHash("sha256").update(source).digest("hex").slice(0, 12)}.mjs`);
      writeFileSync(file, source);
      return startWorker({
        program: { node: process.execPath, file, user, group: [], filter: undefined, mark: {}, ...program },
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

    test("the program itself reads a large layer within its bounds", async () => {
      const home = join(folder, "program");
      const bundle = await rolldown({
        input: join(import.meta.dirname, "../src/entries/image-worker.ts"),
        platform: "node",
        logLevel: "silent",
      });
      await bundle.write({
        dir: home,
        format: "esm",
        entryFileNames: "image-worker.mjs",
        chunkFileNames: "[name]-[hash].mjs",
      });
      await bundle.close();
      const content = randomBytes(40 << 20);
      const layer = await packLayer([{ type: "file", path: "opt/large", content, mode: 0o644 }]);
      const image = buildImage([layer], { architecture: "amd64", entrypoint: ["/a"], user: "1" });
      const digest = image.blobs.find((b) => b.mediaType.includes("layer"))?.digest ?? "";
      for (const each of image.blobs) put(each.bytes);
      const program = {
        node: process.execPath,
        file: join(home, "image-worker.mjs"),
        user,
        group: [],
        filter: undefined,
        mark: {},
      };
      const read = await openRecords({
        layers: [digest],
        name: "test",
        records,
        openBlob: (d) => openBlob(blobs, d),
        start: (descriptors) =>
          startWorker({
            program,
            setting: { now: 0, key: "" },
            descriptors,
            deadline: 60_000,
            signal: new AbortController().signal,
          }),
      });
      expect(read.read).toBe(1);
      await read.close();
    });

    test("may read what it is handed, and write nothing but its spool", async () => {
      const digest = `sha256:${"e".repeat(64)}`;
      await records.keep(digest, Buffer.from("as it was"));
      const record = await records.open(digest);
      const lent = await records.lend(Buffer.from("lent"));
      const spool = await records.spool();
      const worker = start(
        `import { openSync, writeSync } from "node:fs";
       const tried = (work) => { try { work(); return "done"; } catch (error) { return error.code; } };
       const failed = [3, 4, 5].flatMap((fd) => [tried(() => writeSync(fd, "x")), tried(() => openSync("/proc/self/fd/" + fd, "r+"))]).join(" ");
       ${answering("Buffer.from(JSON.stringify({ failed }))")}`,
        { descriptors: [record?.fd ?? -1, lent.fd, spool.fd] },
      );
      expect(await worker.ask({ job: "match" }, Buffer.alloc(1))).toEqual({
        failed: "EBADF EACCES EBADF EACCES done EACCES",
      });
      worker.close();
      await Promise.all([record?.close(), lent.close(), spool.close()]);
    });

    test("takes with it all that it started, whatever group that went into", async () => {
      const mark = join(folder, "alive");
      rmSync(mark, { recursive: true, force: true });
      mkdirSync(mark, { mode: 0o777 });
      chmodSync(mark, 0o777);
      const worker = start(
        `import { spawn } from "node:child_process";
       const beat = 'const { writeFileSync } = require("node:fs"); setInterval(() => writeFileSync("${mark}/beat", String(Date.now())), 20)';
       // By the descriptor of the program that runs: its own path may lie in a folder that only root may enter.
       const child = spawn("/proc/self/exe", ["-e", beat], { detached: true, stdio: "ignore" });
       child.unref();
       const failed = String(child.pid);
       const { existsSync } = await import("node:fs");
       while (!existsSync("${mark}/beat")) await new Promise((resolve) => setTimeout(resolve, 20));
       ${answering("Buffer.from(JSON.stringify({ failed }))")}`,
      );
      await worker.ask({ job: "match" }, Buffer.alloc(1));
      worker.close();
      const beat = join(mark, "beat");
      const silent = async (): Promise<boolean> => {
        rmSync(beat, { force: true });
        await new Promise((resolve) => setTimeout(resolve, 500));
        return !existsSync(beat);
      };
      await expect.poll(silent, { timeout: 10_000 }).toBe(true);
    });

    test("that never answers is killed when its time is over", async () => {
      const worker = start("setInterval(() => undefined, 1000);", { deadline: 1500 });
      await expect(worker.ask({ job: "match" }, Buffer.alloc(1))).rejects.toThrow("took longer than 1.5 s");
    });
  },
);

const facts = probeCgroups();
const setup = cgroupSetup(facts);
const noGroups =
  reason ??
  (!setup.controllers.includes("memory") || !existsSync("/sys/fs/cgroup")
    ? "no memory controller"
    : setup.driver === "systemd"
      ? "systemd manages the control groups"
      : undefined);

describe.skipIf(noGroups !== undefined)(
  `a worker's control group${noGroups === undefined ? "" : ` (skipped: ${noGroups})`}`,
  () => {
    const root = `bulkhead-test-${process.pid}`;
    afterAll(() => removePodCgroups(root));

    test("bounds memory of all its processes together, and nothing of it runs outside", async () => {
      const group = await workerGroup({ setup, root, bounds: { memory: 96 << 20, processor: 1500, tasks: 64 } });
      const file = join(folder, "bomb.mjs");
      writeFileSync(
        file,
        `import { readFileSync, writeSync } from "node:fs";
       const groups = readFileSync("/proc/self/cgroup", "utf8");
       writeSync(2, groups.includes("/${root}/image-worker") ? "inside" : groups);
       process.stdin.once("data", () => { const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1)); });`,
      );
      const worker = startWorker({
        program: { node: process.execPath, file, user: 0x7bff_fff1, group, filter: undefined, mark: {} },
        setting: { now: 0 },
        descriptors: [],
        deadline: 60_000,
        signal: new AbortController().signal,
      });
      await expect(worker.ask({ job: "match" }, Buffer.alloc(1))).rejects.toThrow(/ended with 137 inside/);
    });
  },
);
