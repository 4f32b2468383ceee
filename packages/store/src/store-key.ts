import { StoreError } from "./store-error.ts";
import type { StoreKey } from "./types.ts";

const group = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$/;
const resource = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const namespace = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$/;
/** What apimachinery's IsValidPathSegmentName leaves, control characters excepted: RBAC's names may hold colons and capitals. */
const name = /^[^/%\p{Cc}]{1,512}$/u;

/**
 * `group/resource/namespace/name`: where an object is stored, and what its seal is bound to. No segment holds a slash,
 * so no two keys share a path (CVE-2022-3162). Throws `invalid-key`.
 */
export function storagePath(key: StoreKey): string {
  if (
    !group.test(key.group) ||
    !resource.test(key.resource) ||
    !namespace.test(key.namespace) ||
    !name.test(key.name) ||
    key.name === "." ||
    key.name === ".." ||
    !key.name.isWellFormed()
  )
    throw new StoreError("invalid-key", `no storage path can be made of ${JSON.stringify(key)}`);
  return `${key.group}/${key.resource}/${key.namespace}/${key.name}`;
}

/** The key of a path that `storagePath` made; undefined for any other string. */
export function keyOfPath(path: string): StoreKey | undefined {
  const parts = path.split("/");
  if (parts.length !== 4) return undefined;
  const [group, resource, namespace, name] = parts as [string, string, string, string];
  return { group, resource, namespace, name };
}

/** Names a key in a message. */
export function describeKey(key: StoreKey): string {
  const resource = key.group === "" ? key.resource : `${key.resource}.${key.group}`;
  return key.namespace === "" ? `${resource} ${key.name}` : `${resource} ${key.namespace}/${key.name}`;
}

/**
 * Byte order of the UTF-8 forms, without making them. UTF-16 units sort alike except that surrogates (U+10000 and up)
 * must come after U+E000 to U+FFFF.
 */
export function compareStrings(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? rank(x) - rank(y) : x - y;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
