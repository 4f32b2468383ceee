import { createHash } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { LayerEntry } from "./layer.ts";

/** Where a path of a merged /usr lies in packages made before that. */
const unmerged = (path: string): string => path.replace(/^usr\/(lib|lib64|bin|sbin)\//, "$1/");

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * The package database of an image made of single files out of Debian packages: for each package that gave any of the
 * entries its control stanza and the checksums of those files, as images without dpkg carry them (`status.d`), so that
 * scanners know what is in it. `folders`: packages unpacked with their control files (`dpkg-deb --raw-extract`); one
 * without `DEBIAN/control` declares nothing.
 */
export async function packageDeclarations(
  folders: readonly string[],
  entries: readonly LayerEntry[],
): Promise<LayerEntry[]> {
  const declarations: LayerEntry[] = [];
  const unowned = new Set(entries.filter((entry) => entry.type === "file"));
  for (const folder of folders) {
    const control = await readFile(join(folder, "DEBIAN", "control"), "utf8").catch(() => undefined);
    if (control === undefined) continue;
    const sums: string[] = [];
    for (const entry of unowned) {
      if (!(await isThere(join(folder, entry.path))) && !(await isThere(join(folder, unmerged(entry.path))))) continue;
      unowned.delete(entry);
      sums.push(`${createHash("md5").update(entry.content).digest("hex")}  ${entry.path}\n`);
    }
    if (sums.length === 0) continue;
    const name = /^Package: *(\S+)/m.exec(control)?.[1] ?? basename(folder);
    const file = (path: string, text: string): LayerEntry => ({
      type: "file",
      path: `var/lib/dpkg/status.d/${path}`,
      content: Buffer.from(text),
      mode: 0o644,
    });
    declarations.push(file(name, `${control.trimEnd()}\n`), file(`${name}.md5sums`, sums.sort().join("")));
  }
  return declarations;
}
