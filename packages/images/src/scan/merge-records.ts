import type { BlindSpot, Coverage, Distribution, Inventory, Package } from "../inventory.ts";
import { purlOf } from "../packages/purl.ts";
import type { SecretFinding } from "../secrets/secret-rule.ts";
import { mergeLayers, type Placed } from "./image-tree.ts";
import type { Executable, FileMark, LayerRecord, RecordedDeclaration } from "./layer-record.ts";
import { type LoadableFiles, loadableFiles } from "./loadable-files.ts";
import { type Ownership, ownershipOf } from "./ownership.ts";

/** A secret in some layer of the image. */
export interface ImageSecret extends SecretFinding {
  /** Digest of the layer. */
  readonly layer: string;
  /** A later layer took the file away: whoever pulls the image has it all the same. */
  readonly deleted: boolean;
  /** The folder of the language package or runtime that it lies in: then its severity is `low`. */
  readonly within?: string;
}

/** A file with unusual rights that is left in the image. */
export interface ImageFile extends FileMark {
  readonly layer: string;
  readonly ownedBy?: string;
}

export interface MergedImage {
  readonly inventory: Inventory;
  readonly secrets: readonly ImageSecret[];
  readonly marks: readonly ImageFile[];
  readonly executables: readonly Executable[];
  readonly loadable: readonly LoadableFiles[];
}

type Item =
  | { readonly is: "declaration"; readonly declaration: RecordedDeclaration }
  | { readonly is: "executable"; readonly executable: Executable }
  | { readonly is: "mark"; readonly mark: FileMark }
  | { readonly is: "secret"; readonly secret: SecretFinding };

function* itemsOf(record: LayerRecord): Generator<{ readonly path: string; readonly value: Item }> {
  for (const declaration of record.declarations)
    yield { path: declaration.path, value: { is: "declaration", declaration } };
  for (const executable of record.executables) yield { path: executable.path, value: { is: "executable", executable } };
  for (const mark of record.marks) yield { path: mark.path, value: { is: "mark", mark } };
  for (const secret of record.secrets) yield { path: secret.path, value: { is: "secret", secret } };
}

const unexplainedLimit = 20;
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

/** Lays the layers of an image over one another and says what is left. Pure, and cheap beside reading one layer. */
export function mergeRecords(records: readonly LayerRecord[]): MergedImage {
  const tree = mergeLayers<Item>(records, itemsOf);
  const digestOf = (layer: number): string => records[layer]?.digest ?? "";
  const declarations: Placed<RecordedDeclaration>[] = [];
  const executables: Placed<Executable>[] = [];
  const marks: Placed<FileMark>[] = [];
  const secrets: (Placed<SecretFinding> & { readonly deleted: boolean })[] = [];
  for (const deleted of [false, true])
    for (const { path, layer, value } of deleted ? tree.gone : tree.live)
      if (value.is === "secret") secrets.push({ path, layer, value: value.secret, deleted });
      else if (deleted) continue;
      else if (value.is === "declaration") declarations.push({ path, layer, value: value.declaration });
      else if (value.is === "executable") executables.push({ path, layer, value: value.executable });
      else marks.push({ path, layer, value: value.mark });

  const ownership = ownershipOf(
    declarations,
    records,
    tree.links,
    [declarations, executables, marks, secrets].flatMap((placed) => placed.map((p) => p.path)),
  );
  const explained = explainedBy(declarations);
  const distribution = distributionOf(declarations);
  const packages = packagesOf(declarations, ownership, distribution, digestOf);
  const programs = declarations.flatMap(({ path, value: { goFunctions } }) =>
    // Of what a distribution owns no module is asked about.
    goFunctions === undefined || ownership.ownerOf(path) !== undefined ? [] : [[path, goFunctions] as const],
  );
  return {
    inventory: {
      ...(distribution === undefined ? {} : { distribution }),
      packages,
      ...(programs.length === 0 ? {} : { goFunctions: Object.fromEntries(programs) }),
      blindSpots: blindSpotsOf(records, declarations, distribution, packages, ownership),
      coverage: coverageOf(executables, explained, ownership),
    },
    secrets: secrets
      // What a distribution ships in a package, every user of it has: examples and test keys.
      .filter(({ path, layer }) => path.startsWith("etc/") || ownership.ownerOf(path)?.layer !== layer)
      .map(({ path, layer, value, deleted }) => {
        const within = explained.folderOf(path);
        const secret = { ...value, path, layer: digestOf(layer), deleted };
        return within === undefined ? secret : { ...secret, severity: "low" as const, within };
      }),
    marks: marks.map(({ path, layer, value }) => {
      const owner = ownership.ownerOf(path)?.owner;
      return { ...value, path, layer: digestOf(layer), ...(owner === undefined ? {} : { ownedBy: owner }) };
    }),
    executables: executables.map(({ path, value }) => ({ ...value, path })),
    loadable: loadableFiles({ executables, declarations, packages, ownership, explains: explainedPlaces }),
  };
}

/** os-release(5): the one in /etc goes before the one in /usr/lib. */
function distributionOf(declarations: readonly Placed<RecordedDeclaration>[]): Distribution | undefined {
  const at = (path: string): Distribution | undefined =>
    declarations.find((d) => d.path === path && d.value.distribution !== undefined)?.value.distribution;
  const distribution = at("etc/os-release") ?? at("usr/lib/os-release");
  const repositoryRelease = declarations.find((d) => d.value.repositoryRelease !== undefined)?.value.repositoryRelease;
  return distribution === undefined || repositoryRelease === undefined
    ? distribution
    : { ...distribution, repositoryRelease };
}

function packagesOf(
  declarations: readonly Placed<RecordedDeclaration>[],
  ownership: Ownership,
  distribution: Distribution | undefined,
  digestOf: (layer: number) => string,
): Package[] {
  const lists = new Map<string, number>();
  for (const { layer, value } of declarations)
    if (value.kind === "dpkg-list") for (const { owner } of value.owned ?? []) lists.set(owner, layer);
  const packages = new Map<string, { readonly found: Package; readonly paths: string[] }>();
  for (const { path, layer, value } of declarations) {
    const system = value.kind === "dpkg-status" || value.kind === "apk" || value.kind === "rpm";
    const ownedBy = system ? undefined : ownership.ownerOf(path)?.owner;
    for (const found of value.packages) {
      // dpkg writes its whole status anew each time, a package's list only with the package.
      const from = digestOf(value.kind === "dpkg-status" ? (lists.get(found.name) ?? layer) : layer);
      const key = `${found.ecosystem}\0${found.name}\0${found.version}\0${found.architecture ?? ""}\0${from}\0${ownedBy ?? ""}`;
      const known = packages.get(key);
      if (known !== undefined) {
        if (!known.paths.includes(path) && known.paths.length < 50) known.paths.push(path);
        continue;
      }
      const purl = purlOf(found, distribution);
      const paths = [path];
      packages.set(key, {
        paths,
        found: {
          ...found,
          ...(purl === undefined ? {} : { purl }),
          paths,
          layer: from,
          ...(ownedBy === undefined ? {} : { ownedBy }),
        },
      });
    }
  }
  return [...packages.values()].map((p) => p.found);
}

/** What declarations explain beside themselves: files, and folders with all that is in them. */
interface Explained {
  has(path: string): boolean;
  /** The nearest folder that a declaration explains. */
  folderOf(path: string): string | undefined;
}

function explainedBy(declarations: readonly Placed<RecordedDeclaration>[]): Explained {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const declaration of declarations)
    for (const place of explainedPlaces(declaration)) (place.endsWith("/") ? folders : files).add(place);
  const known = new Map<string, string | undefined>();
  const nearest = (folder: string): string | undefined => {
    // A runtime's own folder holds the place where everyone else's packages go.
    if (folder === "" || /(^|\/)(site|dist)-packages\/$/.test(folder)) return undefined;
    if (known.has(folder)) return known.get(folder);
    const result = folders.has(folder) ? folder : nearest(folderOf(folder.slice(0, -1)));
    known.set(folder, result);
    return result;
  };
  return { has: (path) => files.has(path), folderOf: (path) => nearest(folderOf(path)) };
}

function coverageOf(executables: readonly Placed<Executable>[], explained: Explained, ownership: Ownership): Coverage {
  const seen = new Set<string>();
  const unexplained: string[] = [];
  for (const { path } of executables) {
    if (seen.has(path)) continue;
    seen.add(path);
    if (!explained.has(path) && explained.folderOf(path) === undefined && ownership.ownerOf(path) === undefined)
      unexplained.push(path);
  }
  return {
    executables: seen.size,
    explained: seen.size - unexplained.length,
    ...(unexplained.length === 0 ? {} : { unexplained: unexplained.slice(0, unexplainedLimit) }),
  };
}

/** Paths in the record are the layer's; the declaration's own folder may have been resolved to another. */
const explainedPlaces = ({ path, value }: Placed<RecordedDeclaration>): readonly string[] =>
  (value.explains ?? []).map((explained) => relocated(explained, value.path, path));

/** A path told beside a declaration, when the declaration turned out to lie elsewhere through a symlinked folder. */
function relocated(path: string, declaredAt: string, liesAt: string): string {
  if (declaredAt === liesAt) return path;
  let common = 0;
  while (common < declaredAt.length && common < liesAt.length && declaredAt.at(-1 - common) === liesAt.at(-1 - common))
    common++;
  const before = declaredAt.slice(0, declaredAt.length - common);
  return path.startsWith(before) ? liesAt.slice(0, liesAt.length - common) + path.slice(before.length) : path;
}

function blindSpotsOf(
  records: readonly LayerRecord[],
  declarations: readonly Placed<RecordedDeclaration>[],
  distribution: Distribution | undefined,
  packages: readonly Package[],
  ownership: Ownership,
): BlindSpot[] {
  const spots = [
    ...records.flatMap((r) => r.blindSpots),
    // For what a distribution packages, its advisories answer whether we can look into the file or not.
    ...declarations.flatMap(({ path, value: { blindSpots } }) =>
      blindSpots === undefined || ownership.ownerOf(path) !== undefined ? [] : blindSpots,
    ),
  ];
  if (
    distribution === undefined &&
    packages.some((p) => p.ecosystem === "dpkg" || p.ecosystem === "apk" || p.ecosystem === "rpm")
  )
    spots.push({
      what: "distribution",
      where: "etc/os-release",
      why: "the image has operating system packages and does not say of which distribution: no advisory can be matched",
    });
  const modules = declarations.filter((d) => d.value.kind === "npm").map((d) => d.path);
  for (const { path, value } of declarations) {
    if (value.kind !== "lock" || (value.locked ?? 0) === 0) continue;
    const folder = `${folderOf(path)}node_modules/`;
    if (!modules.some((m) => m.startsWith(folder)))
      spots.push({
        what: "package-declaration",
        where: path,
        why: `it names ${value.locked} packages and none is installed beside it: code bundled from them is not seen`,
      });
  }
  return spots;
}
