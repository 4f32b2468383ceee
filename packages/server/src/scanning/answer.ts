import type { ScanFacts } from "@bulkhead/api";
import { listLimit, textLimit } from "./job.ts";
import type { LentPatchAnswer } from "./lent-job.ts";

/** A source of advisories that an image was matched with. */
export interface AnsweredSource {
  readonly name: string;
  readonly records: number;
  /** Milliseconds since the epoch. */
  readonly checked: number;
  readonly stale?: string;
}

/** What the worker says of an image in short; the whole follows packed, and is not looked into. */
export interface ScanAnswer {
  /** `Debian GNU/Linux 13 (trixie)` */
  readonly distribution?: string;
  readonly packages: number;
  readonly executables: number;
  readonly explained: number;
  /** Packages that containers have loaded files of, and when that was looked at; absent: nobody looked. */
  readonly inUse?: { readonly packages: number; readonly lookedAt: number };
  readonly sources: readonly AnsweredSource[];
  readonly facts: ScanFacts;
}

/** The worker's answer is none. Whoever made the image may have made the answer. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

type Fields = Readonly<Record<string, unknown>>;

const severities = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
const latest = 8.64e15;

function fields(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new AnswerError(`${what} is no object`);
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > textLimit || /\p{Cc}/u.test(value))
    throw new AnswerError(`${what} is no text of a line`);
  return value;
}

function count(value: unknown, what: string, most = 10_000_000): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw new AnswerError(`${what} is no count`);
  return value;
}

function list<T>(value: unknown, what: string, most: number, each: (item: unknown, what: string) => T): T[] {
  if (!Array.isArray(value) || value.length > most) throw new AnswerError(`${what} is no list of at most ${most}`);
  return (value as unknown[]).map((item) => each(item, `one of ${what}`));
}

function severity(value: unknown, what: string): (typeof severities)[number] {
  const found = severities.find((s) => s === value);
  if (found === undefined) throw new AnswerError(`${what} is no severity`);
  return found;
}

const optional = <K extends string, T>(
  from: Fields,
  key: K,
  read: (value: unknown, what: string) => T,
): { [P in K]?: T } => (from[key] === undefined ? {} : ({ [key]: read(from[key], key) } as { [P in K]?: T }));

const yes = (value: unknown, what: string): true => {
  if (value !== true) throw new AnswerError(`${what} is neither absent nor true`);
  return true;
};

const texts = (value: unknown, what: string): string[] => list(value, what, 64, text);

function facts(value: unknown): ScanFacts {
  const from = fields(value, "facts");
  const rows = <T>(key: string, each: (item: Fields) => T): T[] =>
    list(from[key], key, key === "findings" ? listLimit.findings + 1 : listLimit.other + 1, (item, what) =>
      each(fields(item, what)),
    );
  return {
    findings: rows("findings", (f) => ({
      id: text(f["id"], "id"),
      aliases: texts(f["aliases"], "aliases"),
      package: text(f["package"], "package"),
      severity: severity(f["severity"], "severity"),
      ...optional(f, "fixedVersion", text),
      ...optional(f, "fixedAt", (v, what) => count(v, what, latest)),
      ...optional(f, "exploited", yes),
      ...optional(f, "malicious", yes),
      ...optional(f, "inUse", yes),
      ...optional(f, "notAffectedBy", texts),
    })),
    sources: rows("sources", (s) => ({ name: text(s["name"], "name"), ...optional(s, "stale", text) })),
    endOfLife: rows("endOfLife", (e) => ({ name: text(e["name"], "name"), since: text(e["since"], "since") })),
    misconfigurations: rows("misconfigurations", (m) => ({
      id: text(m["id"], "id"),
      severity: severity(m["severity"], "severity"),
      says: text(m["says"], "says"),
    })),
    secrets: rows("secrets", (s) => ({ rule: text(s["rule"], "rule"), path: text(s["path"], "path") })),
    blindSpots: rows("blindSpots", (b) => ({ what: text(b["what"], "what"), where: text(b["where"], "where") })),
  };
}

function answered(bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch {
    throw new AnswerError("the answer is no JSON");
  }
  return fields(value, "the answer");
}

/** What the worker says beside the record of a layer. */
export interface LayerAnswer {
  /** The record says all of the layer: it is worth keeping. */
  readonly complete: boolean;
}

/** Reads what the worker answers about a layer. Throws AnswerError. */
export function parseLayerAnswer(bytes: Uint8Array): LayerAnswer | { readonly failed: string } {
  const from = answered(bytes);
  if (from["failed"] !== undefined) return { failed: text(from["failed"], "failed") };
  if (typeof from["complete"] !== "boolean") throw new AnswerError("complete is neither true nor false");
  return { complete: from["complete"] };
}

/** What an image consists of, by digests; or the blob that its worker has to see first. */
export type LayoutAnswer =
  | { readonly manifest: string; readonly config: string; readonly layers: readonly string[] }
  | { readonly wanted: string };

const digestForm = /^sha256:[0-9a-f]{64}$/;

function digestIn(value: unknown, what: string): string {
  const found = text(value, what);
  if (!digestForm.test(found)) throw new AnswerError(`${what} is no digest`);
  return found;
}

/** Reads what the worker answers about an image's manifest. Throws AnswerError. */
export function parseLayoutAnswer(bytes: Uint8Array): LayoutAnswer | { readonly failed: string } {
  const from = answered(bytes);
  if (from["failed"] !== undefined) return { failed: text(from["failed"], "failed") };
  if (from["wanted"] !== undefined) return { wanted: digestIn(from["wanted"], "wanted") };
  return {
    manifest: digestIn(from["manifest"], "manifest"),
    config: digestIn(from["config"], "config"),
    layers: list(from["layers"], "layers", 4096, digestIn),
  };
}

/** What the worker says beside what lies beside an image. */
export interface BesideAnswer {
  readonly carried: number;
  readonly failures: number;
  /** A registry did not answer, or let nobody look. */
  readonly unanswered: boolean;
}

/** Reads what the worker answers about a registry. Throws AnswerError. */
export function parseBesideAnswer(bytes: Uint8Array): BesideAnswer | { readonly failed: string } {
  const from = answered(bytes);
  if (from["failed"] !== undefined) return { failed: text(from["failed"], "failed") };
  const { unanswered } = from;
  if (typeof unanswered !== "boolean") throw new AnswerError("unanswered is neither true nor false");
  return { carried: count(from["carried"], "carried"), failures: count(from["failures"], "failures"), unanswered };
}

/** Reads what the worker answers about an image, believing nothing of its shape. Throws AnswerError. */
export function parseAnswer(bytes: Uint8Array): ScanAnswer | { readonly failed: string } {
  const from = answered(bytes);
  if (from["failed"] !== undefined) return { failed: text(from["failed"], "failed") };
  return {
    ...optional(from, "distribution", text),
    packages: count(from["packages"], "packages"),
    executables: count(from["executables"], "executables"),
    explained: count(from["explained"], "explained"),
    ...optional(from, "inUse", (value, what) => {
      const { packages, lookedAt } = fields(value, what);
      return { packages: count(packages, "packages"), lookedAt: count(lookedAt, "lookedAt", latest) };
    }),
    sources: list(from["sources"], "sources", listLimit.other, (item, what) => {
      const s = fields(item, what);
      return {
        name: text(s["name"], "name"),
        records: count(s["records"], "records", 1e12),
        checked: count(s["checked"], "checked", latest),
        ...optional(s, "stale", text),
      };
    }),
    facts: facts(from["facts"]),
  };
}

/** Reads what a lent worker answers of a patch, believing nothing of its shape. Throws AnswerError. */
export function parsePatchAnswer(bytes: Uint8Array): LentPatchAnswer | { readonly failed: string } {
  const from = answered(bytes);
  if (from["failed"] !== undefined) return { failed: text(from["failed"], "failed") };
  const most = listLimit.other;
  return {
    base: text(from["base"], "base"),
    made: count(from["made"], "made", 1e10),
    layer: from["layer"] === true,
    notes: list(from["notes"], "notes", most, text),
    upgrades: list(from["upgrades"], "upgrades", most, (item, what) => {
      const u = fields(item, what);
      return {
        name: text(u["name"], "name"),
        architecture: text(u["architecture"], "architecture"),
        from: text(u["from"], "from"),
        to: text(u["to"], "to"),
        source: text(u["source"], "source"),
        origin: text(u["origin"], "origin"),
        url: text(u["url"], "url"),
        sha256: text(u["sha256"], "sha256"),
        size: count(u["size"], "size", 1e12),
        fixes: list(u["fixes"], "fixes", listLimit.findings, (fix, name) => {
          const f = fields(fix, name);
          return { id: text(f["id"], "id"), severity: severity(f["severity"], "severity") };
        }),
        ...optional(u, "neededBy", text),
      };
    }),
    refused: list(from["refused"], "refused", most, (item, what) => {
      const r = fields(item, what);
      return {
        package: text(r["package"], "package"),
        version: text(r["version"], "version"),
        fixes: list(r["fixes"], "fixes", listLimit.findings, text),
        reason: text(r["reason"], "reason"),
      };
    }),
  };
}
