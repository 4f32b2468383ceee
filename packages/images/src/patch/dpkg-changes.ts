import { createHash } from "node:crypto";
import type { OfferedPackage } from "./apt-index.ts";
import type { BaseTree } from "./base-tree.ts";
import type { ChosenPackage } from "./choose-packages.ts";
import type { DebFile } from "./deb-file.ts";
import { fieldOf, formatStanza, parseStanza } from "./debian-stanza.ts";
import { type DpkgDatabase, type DpkgPackage, infoFolder, statusFile, statusFolder } from "./dpkg-database.ts";
import { scriptsProblem } from "./dpkg-scripts.ts";
import type { LayerChange } from "./layer-change.ts";
import type { PackedEntry } from "./read-tar.ts";

export type ChosenDeb = ChosenPackage<DpkgPackage, OfferedPackage>;

/** What one package changes; `stanza` is its new one in the database. */
export interface DpkgChanges {
  readonly changes: readonly LayerChange[];
  readonly stanza: string;
  /** Paths that the new version has, as it lists them, and those that it no longer has. */
  readonly notes: readonly string[];
}

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const linesOf = (bytes: Buffer | undefined): string[] =>
  (bytes?.toString("utf8") ?? "").split("\n").filter((l) => l !== "");
const bare = (path: string): string => path.replace(/^\/+/, "").replace(/\/+$/, "");

/** Where dpkg keeps a package's own files: `info/NAME`, or `info/NAME:ARCH` of those that go with others of their name. */
function infoName(tree: BaseTree, { name, architecture }: DpkgPackage): string {
  return tree.at(`${infoFolder}/${name}:${architecture}.list`) === undefined ? name : `${name}:${architecture}`;
}

/** Paths that a package of the base owns, without leading slash; folders among them in dpkg's own lists. */
export function ownedPaths(tree: BaseTree, form: DpkgDatabase["form"], one: DpkgPackage): string[] {
  if (form === "status")
    return linesOf(tree.content(`${infoFolder}/${infoName(tree, one)}.list`))
      .map(bare)
      .filter((p) => p !== "" && p !== ".");
  return linesOf(tree.content(`${one.file}.md5sums`)).map((line) => bare(line.replace(/^[0-9a-f]{32}\s+\*?/, "")));
}

/** `Conffiles` of a stanza: path without slash to checksum. */
function conffiles(value: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of (value ?? "").split("\n")) {
    const [, path, sum] = /^\s*\/(\S+)\s+([0-9a-f]{32})/.exec(line) ?? [];
    if (path !== undefined && sum !== undefined) found.set(path, sum);
  }
  return found;
}

export interface ChangingPackage {
  readonly tree: BaseTree;
  readonly database: DpkgDatabase;
  readonly chosen: ChosenDeb;
  readonly deb: DebFile;
  /** Whether a package other than this one owns a path, links resolved. */
  readonly ownedByOther: (path: string) => boolean;
}

/** Static ids are the same in every image of the distribution (base-passwd). */
const staticIds = 99;

/** What putting the new version in the old one's place changes, or why that cannot be done by files alone. */
export function dpkgChanges(changing: ChangingPackage): DpkgChanges | { readonly refused: string } {
  const { tree, database, chosen, deb, ownedByOther } = changing;
  const { installed, offered } = chosen;
  const control = parseStanza(deb.control.get("control")?.content.toString("utf8") ?? "", offered.url);
  for (const [field, want] of [
    ["package", offered.name],
    ["version", offered.version],
    ["architecture", offered.architecture],
  ] as const)
    if (fieldOf(control, field) !== want) return { refused: `the package's own ${field} is not what the index names` };
  const info = infoName(tree, installed);
  const dpkgs = database.form === "status";
  if (dpkgs) {
    const problem = scriptsProblem(
      (name) => tree.content(`${infoFolder}/${info}.${name}`)?.toString("utf8"),
      (name) => deb.control.get(name)?.content.toString("utf8"),
      { from: installed.version, to: offered.version },
    );
    if (problem !== undefined) return { refused: problem };
  }
  const before = new Set(ownedPaths(tree, database.form, installed));
  const beforeFolders = new Set([...before].map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))));
  const special = linesOf(tree.content("var/lib/dpkg/diversions")).concat(
    linesOf(tree.content("var/lib/dpkg/statoverride")).map((line) => line.split(" ").at(-1) ?? ""),
  );
  const set = new Set(special.map((path) => tree.resolve(bare(path))));

  const listedConffiles = new Set(
    linesOf(deb.control.get("conffiles")?.content).map((line) => bare(line.split(" ").at(-1) ?? "")),
  );
  const oldConffiles = conffiles(fieldOf(installed.stanza, "conffiles"));
  const newConffiles: string[] = [];
  const changes: LayerChange[] = [];
  const placed = new Set<string>();
  const contents = new Map<string, PackedEntry>();
  const notes: string[] = [];

  for (const packed of deb.entries) {
    const { entry, content } = packed;
    const path = tree.resolve(entry.path);
    const there = tree.at(path);
    if (set.has(path)) return { refused: `/${path} is diverted or has an owner of its own in the image` };
    if (entry.uid > staticIds || entry.gid > staticIds)
      return { refused: `/${path} belongs to a user that the image may not have` };
    if (entry.capabilities) return { refused: `/${path} has file capabilities` };
    const isConffile = listedConffiles.has(entry.path);
    if (isConffile) newConffiles.push(` /${entry.path} ${md5(content)}`);
    // What the image's builder took away, or never had unpacked, stays away.
    const wasListed = before.has(entry.path);
    if (wasListed && there === undefined && entry.type !== "directory") continue;
    if (
      !dpkgs &&
      !wasListed &&
      !(entry.type !== "directory" && beforeFolders.has(entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("/")))))
    )
      continue;
    const { uid, gid, mode, mtime } = entry;
    switch (entry.type) {
      case "directory": {
        if (there?.type === "directory") break;
        if (there?.type === "symlink") break;
        if (there !== undefined) return { refused: `/${path} is a file in the image and a folder in the package` };
        // A folder of documentation that the image's builder left out.
        if (wasListed) break;
        changes.push({ type: "directory", path, mode, uid, gid, mtime });
        break;
      }
      case "file": {
        if (there?.type === "directory")
          return { refused: `/${path} is a folder in the image and a file in the package` };
        if (isConffile && there !== undefined && keepsConffile(there.content, oldConffiles.get(entry.path))) {
          if (there.content === undefined || !there.content.equals(content))
            notes.push(`/${path} was changed in the image and stays as it is`);
          break;
        }
        changes.push({ type: "file", path, content, mode, uid, gid, mtime });
        contents.set(entry.path, packed);
        break;
      }
      case "symlink":
        if (there?.type === "directory")
          return { refused: `/${path} is a folder in the image and a link in the package` };
        changes.push({ type: "symlink", path, target: entry.target, mtime });
        break;
      case "link": {
        const target = tree.resolve(entry.target);
        const first = contents.get(entry.target)?.entry;
        if (first === undefined || !placed.has(target))
          return { refused: `/${path} is a link to a file that is not put in place` };
        const { mode: linkedMode, uid: linkedUid, gid: linkedGid, mtime: linkedTime } = first;
        changes.push({
          type: "link",
          path,
          target,
          mode: linkedMode,
          uid: linkedUid,
          gid: linkedGid,
          mtime: linkedTime,
        });
        break;
      }
      case "device":
      case "fifo":
      case "sparse":
        return { refused: `/${path} is no file that can be put in place` };
    }
    placed.add(path);
  }

  const next = new Set(deb.entries.map(({ entry }) => tree.resolve(entry.path)));
  for (const path of before) {
    const real = tree.resolve(path);
    const there = tree.at(real);
    if (there === undefined || there.type === "directory" || next.has(real) || ownedByOther(real)) continue;
    // dpkg leaves configuration that a new version no longer has.
    if (oldConffiles.has(path)) continue;
    changes.push({ type: "whiteout", path: real });
  }

  const mtime = Math.max(0, ...deb.entries.map(({ entry }) => entry.mtime));
  const own = (path: string, content: Uint8Array, mode = 0o644): LayerChange => ({
    type: "file",
    path,
    content,
    mode,
    uid: 0,
    gid: 0,
    mtime,
  });
  if (!dpkgs) {
    const kept = linesOf(deb.control.get("md5sums")?.content).filter((line) => {
      const path = tree.resolve(bare(line.replace(/^[0-9a-f]{32}\s+\*?/, "")));
      return placed.has(path) || (tree.at(path) !== undefined && next.has(path));
    });
    const text = `${formatStanza(control)}`;
    changes.push(
      own(installed.file, Buffer.from(text)),
      own(
        `${statusFolder}/${installed.file.slice(statusFolder.length + 1)}.md5sums`,
        Buffer.from(kept.map((line) => `${line}\n`).join("")),
      ),
    );
    return { changes, stanza: text, notes };
  }
  const name = fieldOf(control, "multi-arch") === "same" ? `${offered.name}:${offered.architecture}` : offered.name;
  const written = new Set<string>();
  const list = ["/.", ...deb.entries.map(({ entry }) => `/${entry.path}`)].map((line) => `${line}\n`).join("");
  written.add(`${name}.list`);
  changes.push(own(`${infoFolder}/${name}.list`, Buffer.from(list)));
  for (const [file, { entry, content }] of deb.control) {
    if (file === "control") continue;
    written.add(`${name}.${file}`);
    changes.push(own(`${infoFolder}/${name}.${file}`, content, entry.mode & 0o755));
  }
  for (const file of tree.list(infoFolder))
    if (file.startsWith(`${info}.`) && !written.has(file) && !file.slice(info.length + 1).includes("."))
      changes.push({ type: "whiteout", path: `${infoFolder}/${file}` });
  return { changes, stanza: statusStanza(formatStanza(control), installed, newConffiles, oldConffiles), notes };
}

/** dpkg's own rule: what nobody changed is replaced; what somebody changed or took away is theirs. */
const keepsConffile = (there: Buffer | undefined, old: string | undefined): boolean =>
  there === undefined || old === undefined || md5(there) !== old;

/** The new stanza as dpkg keeps it: with its state, and the checksums of its configuration. */
function statusStanza(
  control: string,
  installed: DpkgPackage,
  files: readonly string[],
  old: ReadonlyMap<string, string>,
): string {
  const lines = control.trimEnd().split("\n");
  const gone = [...old].filter(([path]) => !files.some((line) => line.startsWith(` /${path} `)));
  const all = [...files, ...gone.map(([path, sum]) => ` /${path} ${sum} obsolete`)];
  const at = lines.findIndex((line) => /^Description:/i.test(line));
  if (all.length > 0) lines.splice(at < 0 ? lines.length : at, 0, "Conffiles:", ...all);
  lines.splice(1, 0, `Status: ${installed.status ?? "install ok installed"}`);
  return lines.join("\n");
}

/** The whole status file with the new stanzas in the places of the old. */
export function statusChange(
  database: DpkgDatabase,
  stanzas: ReadonlyMap<string, string>,
  mode: number,
  mtime: number,
): LayerChange {
  const texts = database.texts.map((text) => {
    const name = /^Package: *(\S+)/im.exec(text)?.[1] ?? "";
    return stanzas.get(name) ?? text;
  });
  const content = Buffer.from(texts.map((text) => `${text.trimEnd()}\n\n`).join(""));
  return { type: "file", path: statusFile, content, mode, uid: 0, gid: 0, mtime };
}
