/** JSON Merge Patch (RFC 7386). */
import { jsonClone } from "./json-equal.ts";

type Draft = Record<string, unknown>;

const isObject = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Applies a merge patch; returns the patched value. The target is changed in place, the patch is not.
 * Neither may hold a `__proto__` key (parseBody refuses it).
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return jsonClone(patch);
  const out: Draft = isObject(target) ? target : {};
  for (const key in patch) {
    const value = patch[key];
    if (value === null) delete out[key];
    else if (isObject(value)) out[key] = applyMergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value);
    else out[key] = jsonClone(value);
  }
  return out;
}
