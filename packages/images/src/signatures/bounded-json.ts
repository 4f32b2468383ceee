import { scanJson } from "@bulkhead/api";

/** Deepest nesting of what a registry serves us as JSON. */
const maxDepth = 64;

export type JsonObject = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const stringOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** A JSON object out of hostile bytes whose size is bounded already; undefined for anything else. */
export function jsonObject(bytes: Uint8Array): JsonObject | undefined {
  if (scanJson(bytes, maxDepth).depth > maxDepth) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Strict base64 of at most `limit` bytes; undefined for anything else. */
export function base64(text: unknown, limit: number): Buffer<ArrayBuffer> | undefined {
  if (typeof text !== "string" || text.length > Math.ceil(limit / 3) * 4) return undefined;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64");
}
