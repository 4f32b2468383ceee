import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PatchError } from "./patch-error.ts";
import { imageKeyring, type LoadedRepository, type PackageRepository } from "./repositories.ts";

const keyLimit = 4 << 20;

/**
 * Reads the keyrings of repositories from this machine. One that is not there throws PatchError `unsupported`: without it
 * nothing of that repository could be believed.
 */
export function loadRepositories(repositories: readonly PackageRepository[]): Promise<LoadedRepository[]> {
  return Promise.all(
    repositories.map(async (repository) => {
      const { keyring } = repository;
      if (keyring === imageKeyring) return { ...repository, keys: [] };
      try {
        const found = await stat(keyring);
        const files = found.isDirectory()
          ? (await readdir(keyring)).filter((name) => name.endsWith(".rsa.pub")).map((name) => join(keyring, name))
          : [keyring];
        const keys = await Promise.all(
          files.slice(0, 64).map(async (file) => {
            const bytes = await readFile(file);
            if (bytes.length > keyLimit) throw new PatchError("limit", `${file}: no keyring has ${bytes.length} bytes`);
            return { name: file.slice(file.lastIndexOf("/") + 1), bytes };
          }),
        );
        return { ...repository, keys };
      } catch (error) {
        if (error instanceof PatchError) throw error;
        throw new PatchError(
          "unsupported",
          `the keyring ${keyring} of ${repository.url} is not on this machine (on Debian: the packages debian-archive-keyring, ubuntu-keyring; or name another)`,
          error,
        );
      }
    }),
  );
}
