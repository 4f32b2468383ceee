import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailure } from "../exit-codes.ts";
import { parseDocuments, type ReadManifests } from "./parse-documents.ts";

/** Bytes of one file, and files of one folder, at most. */
const largest = 32 * 1024 * 1024;
const mostFiles = 2000;

const standardInput = "<standard input>";

/** Reads files, folders (with those below) and `-`. Throws CommandFailure for what cannot be read at all. */
export async function readFiles(
  paths: readonly string[],
  input: AsyncIterable<Buffer>,
  /** The command that reads what another renders. */
  reader = "bulkhead check -",
): Promise<ReadManifests> {
  if (paths.filter((p) => p === "-").length > 1) throw new CommandFailure("standard input (-) can be read once only");
  const read: ReadManifests[] = [];
  for (const path of paths) {
    if (path === "-") read.push(parseDocuments(standardInput, await textOf(input)));
    else for (const file of await filesOf(path, reader)) read.push(parseDocuments(file, await fileText(file)));
  }
  return { manifests: read.flatMap((r) => r.manifests), problems: read.flatMap((r) => r.problems) };
}

async function textOf(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > largest) throw new CommandFailure(`${standardInput} is larger than ${largest >> 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function fileText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > largest) throw new CommandFailure(`${path} is larger than ${largest >> 20} MiB`);
  return readFile(path, "utf8");
}

async function filesOf(path: string, reader: string): Promise<string[]> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(error.code === "ENOENT" ? `there is no ${path}` : `${path}: ${error.message}`, 2, error);
  });
  if (!there.isDirectory()) return [path];
  const files: string[] = [];
  await walk(path, files, reader);
  if (files.length === 0) throw new CommandFailure(`${path} holds no .yaml, .yml or .json file`);
  return files;
}

async function walk(folder: string, files: string[], reader: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = new Set(entries.map((e) => e.name));
  if (names.has("Chart.yaml"))
    throw new CommandFailure(`${folder} is a Helm chart; check what it renders: helm template ${folder} | ${reader}`);
  if (names.has("kustomization.yaml"))
    throw new CommandFailure(
      `${folder} is a kustomization; check what it renders: kubectl kustomize ${folder} | ${reader}`,
    );
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    if (entry.isDirectory()) await walk(path, files, reader);
    else if (entry.isFile() && /\.(ya?ml|json)$/.test(entry.name)) files.push(path);
    if (files.length > mostFiles) throw new CommandFailure(`${folder} holds more than ${mostFiles} files; name fewer`);
  }
}
