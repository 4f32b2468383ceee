import { crc32 } from "node:zlib";
import type { Advisory, ParsedRecord } from "./advisory.ts";
import { AdvisoryError } from "./advisory-error.ts";
import { fieldOf, isObject, listOf, parseJson, textOf } from "./json-value.ts";
import type { SourceRecord } from "./take-in.ts";

export interface Secdb {
  /** `v3.22/main`. */
  readonly repository: string;
  readonly records: readonly SourceRecord[];
}

/** One file of Alpine's secdb, `https://secdb.alpinelinux.org/v3.22/main.json`: fixes only; `0` was never affected. */
export function alpineSecdb(bytes: Uint8Array, name: string): Secdb {
  const document = parseJson(bytes);
  const release = textOf(fieldOf(document, "distroversion"), 32);
  const repository = textOf(fieldOf(document, "reponame"), 64);
  if (release === undefined || repository === undefined)
    throw new AdvisoryError("malformed", `${name}: no document of Alpine's secdb`);
  const records = listOf(fieldOf(document, "packages")).map((entry): SourceRecord => {
    const about = fieldOf(entry, "pkg");
    const text = JSON.stringify(about ?? null);
    return {
      name: textOf(fieldOf(about, "name"), 256) ?? text.slice(0, 64),
      sum: crc32(text),
      parse: () => parsePackage(about, `alpine:${release}`),
    };
  });
  return { repository: `${release}/${repository}`, records };
}

function parsePackage(about: unknown, scope: string): ParsedRecord {
  const name = textOf(fieldOf(about, "name"), 256);
  const fixes = fieldOf(about, "secfixes");
  if (name === undefined || !isObject(fixes)) return { state: "unreadable", why: "no name, or no fixes" };
  const advisories: Advisory[] = [];
  for (const [version, names] of Object.entries(fixes)) {
    if (version === "0") continue;
    for (const line of listOf(names)) {
      // A line may name one flaw in several catalogues, apart by spaces.
      const [id, ...aliases] = (textOf(line, 1024) ?? "").split(/\s+/).filter((each) => each !== "");
      if (id === undefined) continue;
      advisories.push({
        id,
        kind: "vulnerability",
        aliases,
        answers: [],
        summary: "",
        url: `https://security.alpinelinux.org/vuln/${encodeURIComponent(id)}`,
        datesFix: false,
        affected: [{ scope, package: name, intervals: [{ fixed: version }], versions: [] }],
      });
    }
  }
  return advisories.length === 0 ? { state: "irrelevant" } : { state: "read", advisories };
}
