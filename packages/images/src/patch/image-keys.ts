import type { BaseTree } from "./base-tree.ts";
import type { LoadedRepository, PackageRepository } from "./repositories.ts";

const apkKeys = "etc/apk/keys";

/** The keys that an image has for its distribution's packages, where its own package manager looks for them. */
export function imageKeys(tree: BaseTree, distribution: PackageRepository["distribution"]): LoadedRepository["keys"] {
  const files =
    distribution === "alpine"
      ? tree.list(apkKeys).flatMap((name) => (name.endsWith(".rsa.pub") ? [`${apkKeys}/${name}`] : []))
      : [`usr/share/keyrings/${distribution}-archive-keyring.gpg`];
  return files.slice(0, 64).flatMap((path) => {
    const bytes = tree.content(path);
    return bytes === undefined ? [] : [{ name: path.slice(path.lastIndexOf("/") + 1), bytes }];
  });
}
