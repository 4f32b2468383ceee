import type { Json } from "./exchange.ts";

const volatile: Readonly<Record<string, string>> = {
  uid: "<uid>",
  resourceVersion: "<rv>",
  creationTimestamp: "<time>",
  deletionTimestamp: "<time>",
  time: "<time>",
  clusterIP: "<ip>",
  continue: "<continue>",
  nodePort: "<port>",
  healthCheckNodePort: "<port>",
};

const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A string as it is, "" for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

export interface Circumstances {
  readonly namespace: string;
  readonly managed: boolean;
  readonly given: readonly string[];
}

function text(value: string, { namespace }: Circumstances): string {
  const plain = value
    .replaceAll(namespace, "<ns>")
    .replaceAll(uid, "<uid>")
    .replaceAll(time, "<time>")
    .replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-<r>")
    .replaceAll(/in record \(\d+\)/g, "in record (<rv>)")
    .replaceAll(/Invalid value: "\{.*\}": /g, "Invalid value: <object>: ")
    .replaceAll(/\bgen-[a-z0-9]{5}\b/g, "gen-<r>");
  const strict = /^(.*strict decoding error: )(.*)$/s.exec(plain);
  const ordered = strict === null ? plain : `${strict[1]}${(strict[2] ?? "").split(", ").toSorted().join(", ")}`;
  return /^\d+(ms|s)$/.test(ordered) ? "<age>" : ordered;
}

/** An answer with what varies from run to run as placeholders. */
export function normal(value: Json, of: Circumstances): Json {
  if (Array.isArray(value)) return value.map((item) => normal(item, of));
  if (typeof value === "string") return text(value, of);
  if (!isObject(value)) return value;
  const out: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === "managedFields" && !of.managed) continue;
    const placeholder = volatile[key];
    const said = item !== null && item !== "" && item !== "None" && item !== 0;
    if (placeholder !== undefined && said && !of.given.includes(item as string)) out[key] = placeholder;
    else if (key === "clusterIPs" && Array.isArray(item)) out[key] = item.map((ip) => (ip === "None" ? ip : "<ip>"));
    else out[key] = normal(item, of);
  }
  return out;
}

const managerOf = (entry: Json): string =>
  isObject(entry) ? `${textOf(entry["operation"])} ${textOf(entry["manager"])} ${textOf(entry["subresource"])}` : "";

/**
 * Several causes may come in any order, and the message that joins them too. Managers of one operation stand in the order of
 * their seconds, and which second it was is not compared.
 */
export function loose(value: Json): Json {
  if (Array.isArray(value)) return value.map(loose);
  if (!isObject(value)) return value;
  const out = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, loose(item)]));
  const managed = out["managedFields"];
  if (Array.isArray(managed)) out["managedFields"] = managed.toSorted((a, b) => (managerOf(a) < managerOf(b) ? -1 : 1));
  const details = out["details"];
  const causes = isObject(details) ? details["causes"] : undefined;
  if (isObject(details) && Array.isArray(causes) && causes.length > 1) {
    details["causes"] = causes.toSorted((a, b) => (stable(a) < stable(b) ? -1 : 1));
    out["message"] = textOf(out["message"]).replace(/ is invalid: .*/s, " is invalid: <causes>");
  }
  return out;
}

/** JSON with keys in order, so that equal values have equal texts. */
export const stable = (value: Json | undefined): string =>
  JSON.stringify(value, (_key, item: Json) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))) : item,
  ) ?? "absent";

/** Where two answers differ, one line each. */
export function differences(want: Json | undefined, got: Json | undefined, path = ""): string[] {
  if (isObject(want) && isObject(got)) {
    const keys = [...new Set([...Object.keys(want), ...Object.keys(got)])].toSorted();
    return keys.flatMap((key) => differences(want[key], got[key], `${path}.${key}`));
  }
  if (Array.isArray(want) && Array.isArray(got) && want.length === got.length)
    return want.flatMap((item, index) => differences(item, got[index], `${path}[${index}]`));
  if (stable(want) === stable(got)) return [];
  return [`${path}: want ${stable(want).slice(0, 300)} got ${stable(got).slice(0, 300)}`];
}

/** The value at a path such as `status.conditions.0`; undefined where there is none. */
export function valueAt(value: Json, path: string): Json | undefined {
  let at: Json | undefined = value;
  for (const part of path.split(".")) {
    if (Array.isArray(at)) at = at[Number(part)];
    else if (isObject(at)) at = at[part];
    else return undefined;
  }
  return at;
}
