import { scanJson } from "@bulkhead/api";

/** Deepest nesting that any source's documents have a use for. */
const deepest = 64;
/** Below this, nesting cannot cost anything worth a look. */
const smallBytes = 16 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses JSON that is nested no deeper than a source's documents are; undefined where it is not JSON, or deeper. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > smallBytes && scanJson(bytes, deepest).depth > deepest) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field of an object itself, never of its prototype. */
export const fieldOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** A string that is not absurdly long. */
export const textOf = (value: unknown, longest = 1024): string | undefined =>
  typeof value === "string" && value !== "" && value.length <= longest ? value : undefined;

export const textsOf = (value: unknown, longest = 256): string[] =>
  listOf(value).filter((each): each is string => textOf(each, longest) !== undefined);

/** Milliseconds since the epoch; undefined for what is no time, or before computers had advisories (Go's year 1). */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 40) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) || time < Date.UTC(1980) ? undefined : time;
}
