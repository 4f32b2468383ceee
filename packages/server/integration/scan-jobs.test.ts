import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { ImageTrustPolicy, VulnerabilityRule } from "@bulkhead/api";
import { holdAdvisories, type ImageScan, importAdvisories, type Package } from "@bulkhead/images";
import { evaluateImage, normaliseExceptions, normaliseImages, vexNeeds } from "@bulkhead/policy";
import { afterAll, expect, test } from "vitest";
import { parseAnswer } from "../src/scanning/answer.ts";
import { frame, readFrames } from "../src/scanning/frames.ts";
import type { MatchJob, StoredReport } from "../src/scanning/job.ts";
import { serveScans } from "../src/scanning/serve.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-jobs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const digest = `sha256:${"a".repeat(64)}`;
const name = "registry.example/shop/web";
const now = Date.UTC(2026, 0, 2);

const packageOf = (of: string): Package => ({
  ecosystem: "PyPI",
  name: of,
  version: "1.0",
  purl: `pkg:pypi/${of}@1.0`,
  paths: [`app/${of}-1.0.dist-info/METADATA`],
});
const scan: ImageScan = {
  name,
  digest,
  configDigest: digest,
  platform: { os: "linux", architecture: "amd64" },
  size: 0,
  layers: [],
  config: { os: "linux", architecture: "amd64" } as ImageScan["config"],
  inventory: {
    packages: ["left", "right"].map(packageOf),
    blindSpots: [],
    coverage: { executables: 0, explained: 0 },
  },
  checks: [],
  secrets: [],
  loadable: [{ packages: [1], files: ["app/right/native.so"] }],
};
const policy = (vulnerabilities: VulnerabilityRule): ImageTrustPolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageTrustPolicy",
  metadata: { name: "release" },
  spec: { allow: [{ registry: "*", repositories: ["*"] }], vulnerabilities },
});

async function advisories(): Promise<string> {
  const mirror = join(folder, "mirror");
  mkdirSync(mirror);
  for (const of of ["left", "right"]) {
    const ranges = [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "2.0" }] }];
    const record = {
      id: `PYSEC-2026-${of}`,
      aliases: [`CVE-2026-${of === "left" ? 1 : 2}`],
      modified: "2026-01-01T00:00:00Z",
      severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N" }],
      affected: [{ package: { ecosystem: "PyPI", name: of }, ranges }],
    };
    writeFileSync(join(mirror, `${of}.json`), JSON.stringify(record));
  }
  const file = join(folder, "advisories.db");
  await importAdvisories({ file, location: mirror, accept: true, now });
  return file;
}

test("a match takes the policies' statements and what was seen loaded, keeps them, and the decider follows", async () => {
  const file = await advisories();
  const hold = await holdAdvisories(file);
  const ours = policy({
    highest: "Medium",
    vex: [{ vulnerability: "CVE-2026-1", packages: ["pkg:pypi/left"], status: "NotAffected", statement: "unused" }],
  });
  const match = async (job: MatchJob, before: StoredReport) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    input.write(frame(Buffer.from(JSON.stringify({ advisories: file, now }))));
    input.write(frame(Buffer.from(JSON.stringify(job))));
    input.end(frame(zstdCompressSync(JSON.stringify(before))));
    await serveScans(input, async (bytes) => void output.write(bytes));
    output.end();
    const frames = readFrames(output);
    const short = parseAnswer((await frames.next(1 << 20)) ?? Buffer.alloc(0));
    const whole = (await frames.next(1 << 20)) ?? Buffer.alloc(0);
    if ("failed" in short) throw new Error(short.failed);
    return { short, whole: JSON.parse(zstdDecompressSync(whole).toString("utf8")) as StoredReport };
  };
  try {
    const vex = { needs: vexNeeds([ours], [`${name}:1`]), repository: name };
    const inUse = { lookedAt: now, files: ["app/right/native.so", "bin/sh"] };
    const first = await match({ job: "match", vex, inUse }, { format: 1, digest, scannedAt: 1, matchedAt: 1, scan });
    const told = first.short.facts.findings.map((f) => [f.id, f.inUse ?? false, f.notAffectedBy ?? []]);
    expect(told).toEqual([
      ["CVE-2026-2", true, []],
      ["CVE-2026-1", false, ["ImageTrustPolicy/release"]],
    ]);
    expect(first.short.inUse).toEqual({ packages: 1, lookedAt: now });
    expect(first.whole.inUse?.packages).toEqual([{ name: "right", version: "1.0", since: now }]);
    expect(first.whole.match?.findings[1]?.suppressed).toMatchObject({ author: "ImageTrustPolicy/release" });

    const refused = (by: ImageTrustPolicy): readonly string[] =>
      evaluateImage(normaliseImages({ policies: [by], namespaces: [], exceptions: normaliseExceptions([], now) }), {
        image: `${name}@${digest}`,
        identity: { namespace: "shop", subjects: [] },
        field: "image",
        stage: "start",
        facts: { digest, now, scan: first.short.facts },
      }).because.flatMap(({ says }) => /CVE-2026-\d/.exec(says)?.[0] ?? []);
    expect(refused(ours)).toEqual(["CVE-2026-2"]);
    expect(refused({ ...policy({ highest: "Medium" }), metadata: { name: "other" } })).toEqual([
      "CVE-2026-2",
      "CVE-2026-1",
    ]);

    // Later without news: what was seen stays, what policies no longer say goes.
    const second = await match({ job: "match", vex: { needs: vexNeeds([], []) } }, first.whole);
    expect(second.short.facts.findings.map((f) => [f.inUse ?? false, f.notAffectedBy ?? []])).toEqual([
      [true, []],
      [false, []],
    ]);
  } finally {
    hold?.release();
  }
});
