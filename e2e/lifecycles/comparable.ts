import type { Event, KubeObject } from "@bulkhead/api";

type Plain = Record<string, unknown>;

/** What an Event says, as it was recorded. */
export interface ComparableEvent {
  readonly on: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly from: string;
}

/** A state of a namespace with names, hashes, times and addresses as placeholders. */
export interface Comparable {
  readonly objects: readonly string[];
  readonly events: readonly string[];
}

const varying = new Set(["uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink"]);
const random = /-[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** Values that mean the same in a comparison: null, absent and an empty list; zero time. */
function pruned(value: unknown, chosen: (path: string, value: unknown) => boolean, path: string): unknown {
  if (Array.isArray(value)) return value.map((one) => pruned(one, chosen, `${path}[]`));
  if (!isPlain(value)) return value;
  const kept: Plain = {};
  for (const [key, member] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (varying.has(key) || chosen(at, member)) continue;
    if (member === null || member === undefined || (Array.isArray(member) && member.length === 0)) continue;
    kept[key] = pruned(member, chosen, at);
  }
  return kept;
}

const addresses = new Set(["podIP", "ip", "clusterIP", "clusterIPs", "addresses"]);

function masked(value: unknown, kind: string, key = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => masked(one, kind, key));
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member, kind, name)]));
  if (typeof value !== "string") return value;
  if (addresses.has(key) && value !== "None" && value !== "" && !value.startsWith("192.0.2."))
    return kind === "Service" ? "<ip>" : "<podip>";
  return value.replace(time, "<time>").replace(uid, "<uid>").replace(random, "-<r>");
}

/** Hashes in the order in which they first appear in the objects, as the recording numbered them. */
function hashNames(objects: readonly unknown[]): Array<[string, string]> {
  const hashes = new Set<string>();
  for (const object of objects) {
    if (!isPlain(object) || !isPlain(object["metadata"]) || !isPlain(object["metadata"]["labels"])) continue;
    const hash = object["metadata"]["labels"]["pod-template-hash"];
    if (typeof hash === "string" && !hash.startsWith("<")) hashes.add(hash);
  }
  const text = JSON.stringify(objects);
  return [...hashes].sort((a, b) => text.indexOf(a) - text.indexOf(b)).map((hash, index) => [hash, `<h${index + 1}>`]);
}

/** A hash of a ReplicaSet that is gone has no number: all of these count as one. */
const unnamed = /\bd-[bcdfghjklmnpqrstvwxz2456789]{8,10}(?=[-\s"]|$)/g;

/** Objects in the order of the recording: by kind, then by name. */
function ordered(objects: readonly KubeObject[]): KubeObject[] {
  const key = (object: KubeObject): string => `${object.kind}/${object.metadata.name ?? ""}`;
  return [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** `chosen(path, value)`: a field that is left out on both sides. */
export function comparableObjects(
  objects: readonly unknown[],
  namespace: string,
  chosen: (path: string, value: unknown) => boolean,
): { readonly texts: string[]; readonly rename: (text: string) => string } {
  const plain = ordered(objects as KubeObject[]).map((object) => {
    const { apiVersion: _version, ...rest } = object;
    return sorted(pruned(masked(rest, object.kind), chosen, object.kind));
  });
  const names = hashNames(plain);
  const rename = (text: string): string => {
    let out = text.replaceAll(namespace, "<ns>");
    for (const [hash, name] of names) out = out.replaceAll(hash, name);
    return out;
  };
  return { texts: plain.map((object) => rename(JSON.stringify(object))).sort(), rename };
}

/** Which ten of many similar events come first depends on timing; what is combined beyond them was not recorded. */
const combined = "(combined from similar events)";

/** Events as a set: the recording kept each text once. */
export function comparableEvents(events: readonly ComparableEvent[], rename: (text: string) => string): string[] {
  const texts = events
    .filter(({ message }) => !message.startsWith(combined))
    .map(({ on, type, reason, message, from }) => {
      const said = message.replace(uid, "<uid>").replace(time, "<time>").replace(random, "-<r>");
      return rename(`${from} | ${on} | ${type} | ${reason} | ${said}`);
    });
  return [...new Set(texts)].sort();
}

/** For the comparison itself: hashes of what is gone are all one. */
export const withoutLostHashes = (texts: readonly string[]): string[] =>
  [...new Set(texts.map((text) => text.replace(unnamed, "d-<h?>")))].sort();

export const eventOf = (event: Event): ComparableEvent => ({
  on: event.involvedObject.kind ?? "",
  type: event.type ?? "",
  reason: event.reason ?? "",
  message: event.message ?? "",
  from: (event.source?.component ?? "") || (event.reportingComponent ?? ""),
});
