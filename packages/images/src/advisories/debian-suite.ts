import { crc32 } from "node:zlib";
import { compareVersions } from "../versions/compare.ts";
import { AdvisoryError } from "./advisory-error.ts";
import { debianScope } from "./scope.ts";
import type { SourceRecord } from "./take-in.ts";

/** Longest line that is looked at: a package's description in an index is one line, its dependencies a few kilobytes. */
const longestLine = 1 << 20;
const mostSources = 200_000;

async function* linesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new AdvisoryError("too-large", `${name}: a line is too long`);
    yield* lines;
  }
  yield rest;
}

/**
 * A Debian security suite's own `Packages` index: of every source package in it, the newest version, as an update that
 * everyone below it lacks. It names no flaws; it is what a machine reaches whose only network is a package mirror.
 */
export async function debianSuiteRecords(
  chunks: AsyncIterable<Uint8Array>,
  codename: string,
): Promise<readonly SourceRecord[]> {
  const newest = new Map<string, string>();
  let fields = { package: "", version: "", source: "" };
  const finish = (): void => {
    const { package: binary, version, source } = fields;
    fields = { package: "", version: "", source: "" };
    if (binary === "" || version === "") return;
    const match = /^(\S+)(?: \((\S+)\))?$/.exec(source === "" ? binary : source);
    const name = match?.[1];
    const sourceVersion = match?.[2] ?? version;
    if (name === undefined || name.length > 256) return;
    const before = newest.get(name);
    if (before === undefined || compareVersions("dpkg", before, sourceVersion) === -1) newest.set(name, sourceVersion);
    if (newest.size > mostSources) throw new AdvisoryError("too-large", `${codename}: too many packages`);
  };
  for await (const line of linesOf(chunks, codename)) {
    if (line === "") finish();
    else if (line.startsWith("Package: ")) fields.package = line.slice(9).trim();
    else if (line.startsWith("Version: ")) fields.version = line.slice(9).trim();
    else if (line.startsWith("Source: ")) fields.source = line.slice(8).trim();
  }
  finish();
  const scope = debianScope(codename);
  return [...newest].map(([name, version]) => ({
    name,
    sum: crc32(`${name} ${version}`),
    parse: () => ({
      state: "read",
      advisories: [
        {
          id: `${codename}-security:${name}`,
          kind: "update",
          aliases: [],
          answers: [],
          summary: `${codename}-security carries ${name} ${version}`,
          datesFix: false,
          affected: [{ scope, package: name, intervals: [{ fixed: version }], versions: [] }],
        },
      ],
    }),
  }));
}
