import { parseApkDependencies, parseApkProvides } from "./apk-relations.ts";
import type { Choosable } from "./choose-packages.ts";

/** A package as apk's indexes and its own database write it: a letter a field. */
export type ApkFields = ReadonlyMap<string, string>;

/** The fields before any file of the package; of a letter that occurs twice the last. */
export function apkFields(lines: readonly string[]): ApkFields {
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line.startsWith("F:")) break;
    if (line.charAt(1) === ":") fields.set(line.charAt(0), line.slice(2));
  }
  return fields;
}

/** What these fields say of a package; undefined where they name none. */
export function apkPackageOf(fields: ApkFields): Choosable | undefined {
  const name = fields.get("P");
  const version = fields.get("V");
  if (name === undefined || version === undefined || name === "" || version === "") return undefined;
  const dependencies = parseApkDependencies(fields.get("D"));
  return {
    name,
    version,
    architecture: fields.get("A") ?? "",
    source: { name: fields.get("o") ?? name, version },
    provides: parseApkProvides(fields.get("p")),
    needs: dependencies?.needs,
    against: dependencies?.against,
  };
}

const always = ["C", "P", "V", "A", "S", "I", "T", "U", "L"] as const;
const whereThere = ["o", "m", "t", "c", "k", "D", "p", "i"] as const;

/** An index entry's lines as apk keeps them of an installed package. */
export const apkHeader = (fields: ApkFields): string[] => [
  ...always.map((letter) => `${letter}:${fields.get(letter) ?? ""}`),
  ...whereThere.flatMap((letter) => {
    const value = fields.get(letter);
    return value === undefined || value === "" ? [] : [`${letter}:${value}`];
  }),
];
