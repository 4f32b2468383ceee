import { crc32 } from "node:zlib";
import { type Advisory, type Affected, type ParsedRecord, severityOfWord } from "./advisory.ts";
import { jsonMembers } from "./json-members.ts";
import { fieldOf, isObject, parseJson, textOf } from "./json-value.ts";
import { debianScope } from "./scope.ts";
import type { SourceRecord } from "./take-in.ts";

/** The Debian security tracker's whole data, `https://security-tracker.debian.org/tracker/data/json`: a record a package. */
export async function* debianTrackerRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SourceRecord> {
  for await (const { key, bytes } of jsonMembers(chunks, "debian-tracker"))
    yield { name: key, sum: crc32(bytes), parse: () => parsePackage(key, bytes) };
}

function parsePackage(source: string, bytes: Uint8Array): ParsedRecord {
  const flaws = parseJson(bytes);
  if (!isObject(flaws) || source === "" || source.length > 256)
    return { state: "unreadable", why: "not an object of flaws" };
  const advisories: Advisory[] = [];
  for (const [id, flaw] of Object.entries(flaws)) {
    if (id.length > 64) return { state: "unreadable", why: "a flaw without a name" };
    const releases = fieldOf(flaw, "releases");
    if (!isObject(releases)) return { state: "unreadable", why: `${id} names no releases` };
    const affected = Object.entries(releases).flatMap(([codename, release]) => parseRelease(source, codename, release));
    if (affected.length === 0) continue;
    advisories.push({
      id,
      kind: "vulnerability",
      aliases: [],
      answers: [],
      summary: (textOf(fieldOf(flaw, "description"), 100_000) ?? "").slice(0, 300),
      url: `https://security-tracker.debian.org/tracker/${encodeURIComponent(id)}`,
      datesFix: false,
      affected,
    });
  }
  return advisories.length === 0 ? { state: "irrelevant" } : { state: "read", advisories };
}

function parseRelease(source: string, codename: string, release: unknown): Affected[] {
  const status = fieldOf(release, "status");
  const fixed = textOf(fieldOf(release, "fixed_version"), 256);
  // "0" is the tracker's word for: never affected. Undetermined is not a claim.
  if (fixed === "0" || status === "undetermined" || codename.length > 32) return [];
  if (status === "resolved" && fixed === undefined) return [];
  const urgency = textOf(fieldOf(release, "urgency"));
  const level = severityOfWord(urgency);
  const reason = textOf(fieldOf(release, "nodsa_reason"));
  const noFix =
    urgency === "end-of-life"
      ? "end-of-life"
      : reason === "ignored"
        ? "wont-fix"
        : fieldOf(release, "nodsa") === undefined
          ? undefined
          : "deferred";
  return [
    {
      scope: debianScope(codename),
      package: source,
      intervals: [fixed === undefined ? {} : { fixed }],
      versions: [],
      ...(level === undefined ? {} : { level }),
      ...(noFix === undefined || fixed !== undefined ? {} : { noFix }),
    },
  ];
}
