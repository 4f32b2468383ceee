import { type Dirent, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Control,
  compileControls,
  type FixtureFile,
  type FixtureResult,
  isDefinition,
  controls as shipped,
  tryFixtures,
} from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { parseAllDocuments } from "yaml";
import { CommandFailure } from "../exit-codes.ts";

/** Bytes of one file at most. */
const largest = 1 << 20;

interface ReadFile {
  readonly path: string;
  readonly text: string;
  readonly documents: readonly unknown[];
}

interface OwnControl {
  readonly control: Control;
  /** The folder that its file lies in. */
  readonly folder: string;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new CommandFailure(`--controls ${folder}: ${(error as Error).message}`, 2, error);
  }
}

/** YAML files of a folder and those below it, fixtures left out or alone. */
async function filesOf(folder: string, fixtures: boolean): Promise<readonly ReadFile[]> {
  const found: ReadFile[] = [];
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!fixtures && entry.name !== "fixtures" && !entry.name.startsWith("."))
        found.push(...(await filesOf(path, false)));
    } else if (/\.ya?ml$/.test(entry.name)) found.push(await fileAt(path));
  }
  return found;
}

async function fileAt(path: string): Promise<ReadFile> {
  const text = await readFile(path, "utf8");
  if (text.length > largest) throw new CommandFailure(`${path} is larger than 1 MiB`);
  const documents = parseAllDocuments(text, { logLevel: "silent" });
  const list = Array.isArray(documents) ? documents : [];
  const [error] = list.flatMap(({ errors }) => errors);
  if (error !== undefined) throw new CommandFailure(`${path}: no YAML: ${error.message}`);
  return { path, text, documents: list.map((document) => document.toJS() as unknown).filter((each) => each !== null) };
}

async function read(folder: string): Promise<readonly OwnControl[]> {
  const files = await filesOf(folder, false);
  const written = files.flatMap(({ path, documents }) =>
    documents.filter(isDefinition).map((document) => ({ document, place: path })),
  );
  if (written.length === 0)
    throw new CommandFailure(`--controls ${folder}: no control is in it (kind: PostureControl)`);
  const taken = new Set(shipped.map(({ id }) => id));
  const own: OwnControl[] = [];
  for (const each of written) {
    const { controls, problems } = await compileControls([each], taken);
    const [problem] = problems;
    // A control that is not understood must not look like one that holds.
    if (problem !== undefined)
      throw new CommandFailure(
        `${each.place}: ${problem.control}${problem.field === "" ? "" : `, ${problem.field}`}: ${problem.says}`,
      );
    for (const control of controls) {
      taken.add(control.id);
      own.push({ control, folder: join(each.place, "..") });
    }
  }
  return own;
}

/** An organisation's own controls, from a folder of YAML files. Throws CommandFailure for the first that is not understood. */
export const controlsIn = async (folder: string): Promise<readonly Control[]> =>
  (await read(folder)).map(({ control }) => control);

export interface TriedControls {
  readonly controls: number;
  readonly results: readonly FixtureResult[];
}

/** Holds each control against the files in `fixtures` beside it: `bad*` must fire where it says, `good*` and `near*` hold. */
export async function tryControls(folder: string): Promise<TriedControls> {
  const own = await read(folder);
  const results: FixtureResult[] = [];
  for (const { control, folder: place } of own) {
    const there = entriesOf(place).some((entry) => entry.isDirectory() && entry.name === "fixtures");
    const files = there ? await filesOf(join(place, "fixtures"), true) : [];
    const alone = own.filter((other) => other.folder === place).length === 1;
    const fixtures = files
      .filter(({ text }) => alone || text.includes(control.id))
      .map(({ path, text, documents }): FixtureFile => ({ name: path, text, objects: documents as KubeObject[] }));
    results.push(...tryFixtures(control, fixtures));
  }
  return { controls: own.length, results };
}
