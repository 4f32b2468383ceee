/**
 * Brings programs that only tests run (cosign, which signs what the verifier must accept) into the folder `test` of a
 * parts folder, as private copies of Debian packages. Where they cannot be had, the tests that want them are skipped by name.
 */
import { chmod, copyFile, mkdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DebianArchive, machineSuite, textProgress } from "@bulkhead/host";

const programs: Readonly<Record<string, string>> = { cosign: "usr/bin/cosign" };

const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write("usage: node scripts/test-parts.ts PARTS-FOLDER\n");
  process.exit(2);
}
const target = join(resolve(directory), "test", "bin");
const progress = textProgress(process.stderr, Date.now);
const there = await Promise.all(
  Object.keys(programs).map((name) =>
    stat(join(target, name)).then(
      () => true,
      () => false,
    ),
  ),
);
if (there.includes(false)) {
  const scratch = `${resolve(directory)}.test-parts`;
  try {
    const archive = new DebianArchive(join(scratch, "apt"), (await machineSuite()).mirror, "testing");
    await archive.update();
    await archive.unpack(Object.keys(programs), join(scratch, "unpacked"));
    await mkdir(target, { recursive: true, mode: 0o755 });
    for (const [name, path] of Object.entries(programs)) {
      await copyFile(join(scratch, "unpacked", name, path), join(target, name));
      await chmod(join(target, name), 0o755);
      progress.note(`${name}: for the tests`);
    }
  } catch (error) {
    progress.note(
      `programs that only tests run cannot be had: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
