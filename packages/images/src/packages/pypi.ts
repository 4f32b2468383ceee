import { insideRoot } from "../layers/tar-header.ts";
import { type Declared, nothingDeclared, word } from "./declaration.ts";
import { type FileBody, textOf } from "./file-body.ts";

/** PEP 503: runs of `-`, `_` and `.` are one dash, in lower case. */
export const pythonName = (name: string): string => name.replace(/[-_.]+/g, "-").toLowerCase();

/** `METADATA` or `PKG-INFO`: the headers before the first empty line. */
export function parsePythonMetadata(body: FileBody): Declared {
  const text = body.read(0, 64 << 10).toString("utf8");
  const head = text.split(/\r?\n\r?\n/)[0] ?? "";
  const field = (name: string): string | undefined => word(new RegExp(`^${name}:[ \\t]*(.+)$`, "im").exec(head)?.[1]);
  const name = field("Name");
  const version = field("Version");
  if (name === undefined || version === undefined) return nothingDeclared;
  return { packages: [{ ecosystem: "PyPI", name: pythonName(name), version }] };
}

/** Code that a machine runs by itself, of all that a package lists. */
const runs = /(\.so(\.[\d.]+)?|\/bin\/[^/]+)$/;

/** `RECORD` (CSV: path, hash, size) and `installed-files.txt`: only programs and native modules are kept. */
export function parsePythonRecord(path: string, body: FileBody): Declared {
  const folder = path.slice(0, path.lastIndexOf("/"));
  // RECORD counts from the folder that holds the dist-info, installed-files.txt from the egg-info itself.
  const base = path.endsWith("/RECORD") ? folder.slice(0, folder.lastIndexOf("/") + 1) : `${folder}/`;
  const explains: string[] = [];
  for (const line of textOf(body).split(/\r?\n/)) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(line);
    const name = quoted?.[1]?.replaceAll('""', '"') ?? line.split(",")[0] ?? "";
    if (name !== "" && runs.test(name)) explains.push(insideRoot(name.startsWith("/") ? name : `${base}${name}`));
  }
  return { packages: [], explains };
}
