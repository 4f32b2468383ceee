import type { KubeObject } from "@bulkhead/api";
import type { Store, StoredObject } from "@bulkhead/store";
import type { Conversion, ServedResource } from "./served-resource.ts";

/**
 * Stored form: apiVersion, kind, metadata, then the rest, so that the first two can be cut off or exchanged as bytes.
 * The object itself is left as it is, apart from its resourceVersion.
 */
export function storedBytes(resource: ServedResource, object: KubeObject, revision: number): Uint8Array {
  object.metadata.resourceVersion = String(revision);
  const stored = resource.conversion?.toStored(object) ?? object;
  if (resource.conversion !== undefined) return Buffer.from(JSON.stringify(stored));
  const { apiVersion: _apiVersion, kind, metadata, ...rest } = stored;
  const apiVersion = resource.group === "" ? resource.storageVersion : `${resource.group}/${resource.storageVersion}`;
  return Buffer.from(JSON.stringify({ apiVersion, kind, metadata, ...rest }));
}

/** The object, parsed anew and kept nowhere: for kinds of which there are thousands. Not for sealed ones. */
export const parse = <T extends KubeObject = KubeObject>({ bytes }: Pick<StoredObject, "bytes">): T =>
  JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as T;

const parsed = new WeakMap<StoredObject, KubeObject>();

/** The object, parsed once, kept and shared: never to be changed. For kinds that are few and asked often. */
export function peek<T extends KubeObject = KubeObject>(object: StoredObject): T {
  let known = parsed.get(object);
  if (known === undefined) parsed.set(object, (known = parse(object)));
  return known as T;
}

/** A copy of one's own, to be changed, in the version that is served. */
export function draftOf<T extends KubeObject = KubeObject>(
  store: Store,
  resource: ServedResource,
  object: StoredObject,
): T {
  const draft = JSON.parse(Buffer.from(store.open(object)).toString()) as T;
  if (resource.conversion !== undefined) return resource.conversion.fromStored(draft) as T;
  draft.apiVersion = resource.apiVersion;
  return draft;
}

const metadataKey = Buffer.from('"metadata":');

const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  bytes.length >= prefix.length && Buffer.compare(bytes.subarray(0, prefix.length), prefix) === 0;

/** What stands behind apiVersion and kind. The version that a definition stores may have changed since. */
function behindKind(resource: ServedResource, bytes: Uint8Array): Uint8Array {
  if (startsWith(bytes, resource.storedPrefix)) return bytes.subarray(resource.storedPrefix.length);
  return bytes.subarray(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(metadataKey));
}

/** The object in the form that a converting kind shows. */
const convertedBytes = (conversion: Conversion, bytes: Uint8Array): Uint8Array =>
  Buffer.from(JSON.stringify(conversion.fromStored(JSON.parse(Buffer.from(bytes).toString()) as KubeObject)));

/** An object's bytes as this version serves them, in pieces that need no copy. */
export function* servedBytes(resource: ServedResource, bytes: Uint8Array): Iterable<Uint8Array> {
  if (resource.conversion !== undefined) yield convertedBytes(resource.conversion, bytes);
  else if (!resource.custom || startsWith(bytes, resource.servedPrefix)) yield bytes;
  else {
    yield resource.servedPrefix;
    yield behindKind(resource, bytes);
  }
}

/** How much of an object's bytes, and of its brace, falls away where it is an item of a list; undefined: it stays whole. */
export const itemPrefix = (resource: ServedResource): number | undefined =>
  resource.custom || resource.conversion !== undefined ? undefined : resource.storedPrefix.length;

/** One buffer of pieces; a single piece is not copied. */
export function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces];
  return all.length === 1 ? (all[0] as Uint8Array) : Buffer.concat(all);
}
