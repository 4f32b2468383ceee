import type { Package } from "../inventory.ts";
import type { Placed } from "./image-tree.ts";
import type { Executable, RecordedDeclaration } from "./layer-record.ts";
import type { Ownership } from "./ownership.ts";

/** Programs, shared objects and archives that a process can load, and the packages of the inventory they belong to. */
export interface LoadableFiles {
  /** Indexes into the inventory's packages. */
  readonly packages: readonly number[];
  /** Without leading slash. */
  readonly files: readonly string[];
}

const mostFiles = 50_000;
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

export interface LoadableQuestion {
  readonly executables: readonly Placed<Executable>[];
  readonly declarations: readonly Placed<RecordedDeclaration>[];
  readonly packages: readonly Package[];
  readonly ownership: Ownership;
  /** Where what a declaration explains lies in the image. */
  readonly explains: (declaration: Placed<RecordedDeclaration>) => readonly string[];
}

/**
 * Which package each loadable file belongs to: the operating system package that lists it, else what it declares itself
 * (Go and Rust programs, jars, runtimes), else the language package whose folder or list it stands in. Scripts are read,
 * not loaded, and are left out.
 */
export function loadableFiles(question: LoadableQuestion): LoadableFiles[] {
  const { executables, packages, ownership } = question;
  const system = new Map<string, number[]>();
  const declared = new Map<string, number[]>();
  packages.forEach(({ ecosystem, name, paths }, i) => {
    const os = ecosystem === "dpkg" || ecosystem === "apk" || ecosystem === "rpm";
    for (const key of os ? [name] : paths) append(os ? system : declared, key, i);
  });
  const explained = explainedBy(question, declared);
  const groups = new Map<string, { readonly packages: readonly number[]; readonly files: string[] }>();
  const seen = new Set<string>();
  for (const { path, value } of executables) {
    if (value.kind === "script" || seen.has(path) || seen.size >= mostFiles) continue;
    seen.add(path);
    const owner = ownership.ownerOf(path)?.owner;
    const found = owner === undefined ? (declared.get(path) ?? explained(path)) : system.get(owner);
    if (found === undefined) continue;
    const key = found.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { packages: found, files: [path] });
    else group.files.push(path);
  }
  return [...groups.values()];
}

function append(map: Map<string, number[]>, key: string, index: number): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [index]);
  else there.push(index);
}

/** By exact path, else by the nearest folder; a folder that several declarations explain says nothing of whose a file is. */
function explainedBy(
  { declarations, explains }: LoadableQuestion,
  declared: ReadonlyMap<string, readonly number[]>,
): (path: string) => readonly number[] | undefined {
  const places = new Map<string, readonly number[] | undefined>();
  for (const declaration of declarations) {
    const { path } = declaration;
    // Python lists its files beside the declaration of the package.
    const beside = ["METADATA", "PKG-INFO"].map((name) => declared.get(`${folderOf(path)}${name}`));
    const found = declared.get(path) ?? beside.find((each) => each !== undefined);
    if (found === undefined) continue;
    for (const place of explains(declaration)) places.set(place, places.has(place) ? undefined : found);
  }
  return (path) => {
    if (places.has(path)) return places.get(path);
    for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder.slice(0, -1))) {
      if (places.has(folder)) return places.get(folder);
      // A runtime's own folder holds the place where everyone else's packages go.
      if (/(^|\/)(site|dist)-packages\/$/.test(folder)) return undefined;
    }
    return undefined;
  };
}

/** Packages, by their indexes, to which at least one of these files belongs. */
export function packagesOfFiles(loadable: readonly LoadableFiles[], files: Iterable<string>): ReadonlySet<number> {
  const loaded = new Set(files);
  const found = loadable.filter((group) => group.files.some((file) => loaded.has(file)));
  return new Set(found.flatMap(({ packages }) => packages));
}
