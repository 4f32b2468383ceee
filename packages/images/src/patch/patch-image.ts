import type { Distribution } from "../inventory.ts";
import { bodyOf } from "../packages/file-body.ts";
import { parseApkRepositories, parseOsRelease } from "../packages/os-release.ts";
import { apkKeeps } from "./apk-database.ts";
import { type BaseTree, readBaseTree } from "./base-tree.ts";
import { dpkgKeeps } from "./dpkg-database.ts";
import { imageKeys } from "./image-keys.ts";
import { packChanges } from "./layer-change.ts";
import { patchAlpine } from "./patch-alpine.ts";
import { patchDebian } from "./patch-debian.ts";
import { PatchError } from "./patch-error.ts";
import type { ImagePatch, PatchOptions } from "./patch-work.ts";
import { imageKeyring, repositoriesFor, repositoryRelease } from "./repositories.ts";

const keeps = (path: string): boolean => dpkgKeeps(path) || apkKeeps(path) || path.startsWith("usr/share/keyrings/");

const architectures: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  debian: { amd64: "amd64", arm64: "arm64", "386": "i386" },
  ubuntu: { amd64: "amd64", arm64: "arm64" },
  alpine: { amd64: "x86_64", arm64: "aarch64", "386": "x86", ppc64le: "ppc64le", s390x: "s390x", riscv64: "riscv64" },
};

/**
 * Makes one layer that puts a distribution's fixed packages in the place of those that a base image has: signatures and
 * hashes verified up to the distribution's keyring, files with their owners and modes, the package database brought up to
 * date. No script of a package is run: a package whose scripts would have to is refused, with that reason.
 * Throws PatchError, LayerError, CompressionError and what the image's source throws.
 */
export async function patchImage(options: PatchOptions): Promise<ImagePatch> {
  const { image, wanted, fetch, now } = options;
  const tree = await readBaseTree(image, keeps);
  const distribution = distributionOf(tree);
  const release = distribution === undefined ? undefined : repositoryRelease(distribution);
  if (distribution === undefined || release === undefined)
    throw new PatchError("unsupported", `${image.name}: it does not say which release of which distribution it is`);
  const base = `${distribution.id} ${release}`;
  const architecture = architectures[distribution.id]?.[image.config.architecture];
  if (architecture === undefined)
    throw new PatchError(
      "unsupported",
      `${image.name}: images of ${distribution.id} for ${image.config.architecture} are not patched`,
    );
  if (wanted.length === 0) return { base, upgrades: [], refused: [], notes: [], made: 0 };
  const repositories = repositoriesFor(distribution, options.repositories).map((one) =>
    one.keyring === imageKeyring ? { ...one, keys: imageKeys(tree, one.distribution) } : one,
  );
  if (repositories.length === 0)
    throw new PatchError("unsupported", `${image.name}: no repository of ${distribution.id} is configured`);
  const patch = distribution.id === "alpine" ? patchAlpine : patchDebian;
  const work = await patch({ name: image.name, tree, architecture, repositories, wanted, fetch, now });
  const { changes, ...rest } = work;
  const made = Math.max(0, ...changes.map((change) => ("mtime" in change ? change.mtime : 0)));
  return { base, ...rest, made, ...(changes.length === 0 ? {} : { layer: await packChanges(changes, tree) }) };
}

function distributionOf(tree: BaseTree): Distribution | undefined {
  for (const path of ["usr/lib/os-release", "etc/os-release"]) {
    const content = tree.content(path);
    const found = content === undefined ? undefined : parseOsRelease(bodyOf(content)).distribution;
    if (found === undefined) continue;
    const lists = tree.content("etc/apk/repositories");
    const named = lists === undefined ? undefined : parseApkRepositories(bodyOf(lists)).repositoryRelease;
    return named === undefined ? found : { ...found, repositoryRelease: named };
  }
  return undefined;
}
