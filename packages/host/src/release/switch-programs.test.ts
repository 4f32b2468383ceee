import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type InstancePaths, instancePaths } from "../instance.ts";
import { describeRelease } from "./release-archive.ts";
import {
  checkRelease,
  installedPrograms,
  makeReleaseFolders,
  releaseFolders,
  writeReleaseState,
} from "./release-folders.ts";
import { formatManifest, sha512Of } from "./release-manifest.ts";
import { leadPrograms, settlePrograms } from "./switch-programs.ts";

let root = "";
let paths: InstancePaths;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "bulkhead-switch-"));
  paths = instancePaths(root);
  await makeReleaseFolders(paths);
  for (const version of ["0.2.0", "0.3.0"]) put(join(releaseFolders(paths).releases, version), version);
  put(paths.programs, "0.1.0");
});
afterEach(() => rmSync(root, { recursive: true }));

function put(folder: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "shipped.json"), JSON.stringify({ version, schema: { writes: 2, reads: [1, 2] } }));
}
const there = (): string => readFileSync(join(paths.programs, "shipped.json"), "utf8");
const releases = (): string[] => readdirSync(releaseFolders(paths).releases).sort();

test("a clone's folder makes way and is kept; then links make way for links", async () => {
  expect(await installedPrograms(paths)).toEqual({ version: "0.1.0", schema: { writes: 2, reads: [1, 2] } });
  await leadPrograms(paths, "0.2.0", "clone-0.1.0");
  expect(readlinkSync(paths.programs)).toBe("releases/0.2.0");
  expect(releases()).toEqual(["0.2.0", "0.3.0", "clone-0.1.0", "copies"]);
  await leadPrograms(paths, "0.3.0", "0.2.0");
  expect(there()).toContain("0.3.0");
  expect(releases()).toEqual(["0.2.0", "0.3.0", "clone-0.1.0", "copies"]);
  await leadPrograms(paths, "clone-0.1.0", "0.3.0");
  expect(await installedPrograms(paths)).toMatchObject({ version: "0.1.0", folder: "clone-0.1.0" });
  expect(readdirSync(root).sort()).toEqual(["programs", "releases"]);
});

test("what a lost switch left is put in order", async () => {
  const { next } = releaseFolders(paths);
  symlinkSync("releases/0.2.0", next);
  await settlePrograms(paths, "clone-0.1.0");
  expect(readdirSync(root).sort()).toEqual(["programs", "releases"]);
  // Lost between the exchange and the name: the clone's folder is what is gone back to.
  await leadPrograms(paths, "0.2.0", "clone-0.1.0");
  put(next, "0.1.0");
  rmSync(join(releaseFolders(paths).releases, "clone-0.1.0"), { recursive: true });
  await settlePrograms(paths, "clone-0.1.0");
  expect(releases()).toContain("clone-0.1.0");
});

test("a note counts only of what really lies there", async () => {
  await leadPrograms(paths, "0.2.0", "clone-0.1.0");
  const schema = { writes: 2, reads: [1, 2] };
  await writeReleaseState(paths, { format: 1, current: { version: "0.3.0", folder: "0.3.0", schema, vouched: "x" } });
  expect(await installedPrograms(paths)).toEqual({ version: "0.2.0", folder: "0.2.0", schema });
});

test("a release's folder is what its manifest says, or is named", async () => {
  const folder = join(releaseFolders(paths).releases, "0.2.0");
  writeFileSync(join(folder, "agent.mjs"), "1");
  const node = { version: "24.21.0", architectures: [process.arch] };
  const manifest = await describeRelease(folder, { version: "0.2.0", schema: { writes: 1, reads: [1] }, node });
  const written = formatManifest(manifest);
  writeFileSync(join(folder, "release.json"), written);
  expect(await checkRelease(folder, sha512Of(written))).toEqual(manifest);
  await expect(checkRelease(folder, sha512Of(Buffer.from("")))).rejects.toMatchObject({ code: "altered-file" });
  writeFileSync(join(folder, "agent.mjs"), "2");
  await expect(checkRelease(folder)).rejects.toMatchObject({ code: "altered-file" });
  rmSync(join(folder, "agent.mjs"));
  symlinkSync("/etc/hostname", join(folder, "agent.mjs"));
  await expect(checkRelease(folder)).rejects.toMatchObject({ code: "missing-file" });
});
