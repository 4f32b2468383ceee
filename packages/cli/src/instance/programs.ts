import { copyFile, mkdir, readdir, readFile, readlink, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { exchange, type InstancePaths, installedPrograms, type Progress, writeDurably } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

/** What the build wrote down of itself: every package of its lock file, and which program holds files of it. */
export const shippedFile = "shipped.json";

/** The folder of bundled programs that this command came with. */
export function distribution(): string {
  const folder = process.env["BULKHEAD_DISTRIBUTION"];
  if (folder === undefined)
    throw new CommandFailure("the bundled programs are not known; run node_modules/.bin/bulkhead, which knows them");
  return folder;
}

/** The digest of the sources that a folder of programs was bundled from; undefined where there is none whole. */
export const builtMark = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, "built"), "utf8").catch(() => undefined);

/**
 * Copies the programs and the Node that runs them into the instance's root, since a clone may lie where an unprivileged
 * user cannot read. Each file is replaced whole; the mark is written last. Where a release was put in (`current apply
 * --bulkhead`) its folder is left as it is: a folder takes the link's place, unless the release is newer. Returns true where
 * anything changed.
 */
export async function installPrograms(paths: InstancePaths, progress: Progress): Promise<boolean> {
  const from = distribution();
  const wanted = await builtMark(from);
  if (wanted === undefined)
    throw new CommandFailure(`${from} holds no bundled programs; run npm start in the clone first`);
  if ((await builtMark(paths.programs)) === wanted) return false;
  const linked = (await readlink(paths.programs).catch(() => undefined)) !== undefined;
  if (linked) await refuseOlder(paths, from);
  progress.step("programs: copied to where their users can read them");
  const into = linked ? `${paths.programs}.making` : paths.programs;
  if (linked) await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true, mode: 0o755 });
  const node = join(into, "node");
  const [have, running] = await Promise.all([stat(node).catch(() => undefined), stat(process.execPath)]);
  if (have?.size !== running.size) await replace(process.execPath, node);
  const files = (await readdir(from)).filter(
    (file) => file.endsWith(".mjs") || file === "package.json" || file === shippedFile,
  );
  for (const file of files) await replace(join(from, file), join(into, file));
  // Pieces of earlier programs: each has the digest of its content in its name.
  for (const file of await readdir(into))
    if (/^(bulkhead|image-worker)-.*\.mjs$/.test(file) && !files.includes(file)) await rm(join(into, file));
  await writeDurably(join(into, "built"), wanted, 0o644);
  if (linked) {
    await exchange(paths.programs, into);
    await rm(into);
  }
  return true;
}

/** A clone that was not brought up to date does not take a newer release's place unasked. */
async function refuseOlder(paths: InstancePaths, from: string): Promise<void> {
  const [there, shipped] = await Promise.all([installedPrograms(paths), readFile(join(from, shippedFile), "utf8")]);
  const { version } = JSON.parse(shipped) as { readonly version: string };
  const { compareVersions } = await import("@bulkhead/images");
  if (there === undefined || compareVersions("npm", version, there.version) !== -1) return;
  throw new CommandFailure(
    `${paths.root} runs Bulkhead ${there.version}, and this is ${version}: use its own command, ${paths.programs}/bulkhead (its install puts it on the path), or go back first: bulkhead current rollback --bulkhead`,
  );
}

async function replace(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.new`);
  await rename(`${to}.new`, to);
}
