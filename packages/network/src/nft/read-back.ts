import { type Family, familyOf, parseCidr, printRange } from "./addresses.ts";
import type { Actual, ActualChain, ActualSet } from "./diff.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A word or a number as text; anything else is nothing we wrote. */
const text = (value: Json | undefined): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** An element's key in our spelling. Throws on what we never write: the set is then somebody else's and is remade. */
function printKey(value: Json): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (!isObject(value)) throw new Error("unreadable element");
  if (Array.isArray(value.concat)) return value.concat.map((part) => printKey(part as Json)).join(" . ");
  if (Array.isArray(value.range)) return value.range.map((end) => printKey(end as Json)).join("-");
  if (isObject(value.prefix)) {
    const { addr, len } = value.prefix;
    const cidr = `${text(addr)}/${text(len)}`;
    const range = parseCidr(cidr);
    const family: Family = familyOf(cidr);
    if (range !== undefined) return printRange(range, family);
  }
  if (isObject(value.elem) && value.elem.val !== undefined) return printKey(value.elem.val);
  throw new Error("unreadable element");
}

function printVerdict(value: Json): string {
  if (!isObject(value)) throw new Error("unreadable verdict");
  const [word = ""] = Object.keys(value);
  const inner = value[word];
  return isObject(inner) ? `${word} ${text(inner.target)}` : word;
}

/** Where there is no /etc/protocols (a machine without netbase) nft prints numbers. */
const protocolNames: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "132": "sctp" };

function readElements(elements: Json | undefined, types: readonly string[]): Map<string, string> {
  const out = new Map<string, string>();
  if (!Array.isArray(elements)) return out;
  const protocolAt = types.indexOf("inet_proto");
  const canonical = (key: string): string => {
    if (protocolAt < 0) return key;
    const parts = key.split(" . ");
    const protocol = parts[protocolAt] ?? "";
    parts[protocolAt] = protocolNames[protocol] ?? protocol;
    return parts.join(" . ");
  };
  for (const element of elements as readonly Json[]) {
    if (Array.isArray(element)) out.set(canonical(printKey(element[0] as Json)), printVerdict(element[1] as Json));
    else out.set(canonical(printKey(element)), "");
  }
  return out;
}

const readTypes = (set: JsonObject): string[] =>
  Array.isArray(set.type) ? set.type.map((part) => text(part as Json)) : [text(set.type)];

function readDeclaration(set: JsonObject): string {
  const type = readTypes(set).join(" . ");
  if (typeof set.map === "string") return `type ${type} : ${set.map};`;
  const flags = Array.isArray(set.flags) ? (set.flags as readonly Json[]) : [];
  if (flags.includes("timeout")) {
    return `type ${type}; flags dynamic,timeout; timeout ${text(set.timeout)}s; size ${text(set.size)};`;
  }
  return flags.includes("interval") ? `type ${type}; flags interval;` : `type ${type};`;
}

function readSet(set: JsonObject): ActualSet {
  try {
    const declaration = readDeclaration(set);
    return {
      declaration,
      elements: declaration.includes("dynamic") ? new Map() : readElements(set.elem, readTypes(set)),
    };
  } catch {
    return { declaration: typeof set.map === "string" ? "unreadable : verdict" : "unreadable", elements: new Map() };
  }
}

function readHook(chain: JsonObject): string {
  if (typeof chain.hook !== "string") return "";
  return `type ${text(chain.type)} hook ${chain.hook} priority ${text(chain.prio)}; policy ${text(chain.policy)};`;
}

/** What `nft -j list table` printed, reduced to what we compare: rules by their marks, sets by declaration and elements. */
export function readTable(listing: string): Actual {
  const parsed = JSON.parse(listing) as { nftables?: Json };
  const chains = new Map<string, { hook: string; marks: string[] }>();
  const sets = new Map<string, ActualSet>();
  for (const item of Array.isArray(parsed.nftables) ? (parsed.nftables as readonly Json[]) : []) {
    if (!isObject(item)) continue;
    if (isObject(item.chain)) chains.set(text(item.chain.name), { hook: readHook(item.chain), marks: [] });
    else if (isObject(item.rule)) {
      const { comment } = item.rule;
      chains.get(text(item.rule.chain))?.marks.push(typeof comment === "string" ? comment : "unmarked");
    } else if (isObject(item.set)) sets.set(text(item.set.name), readSet(item.set));
    else if (isObject(item.map)) sets.set(text(item.map.name), readSet(item.map));
  }
  return { chains: chains as ReadonlyMap<string, ActualChain>, sets };
}

/** Whether two states of a table are the same. Elements of dynamic sets do not count. */
export function sameActual(a: Actual, b: Actual): boolean {
  if (a.chains.size !== b.chains.size || a.sets.size !== b.sets.size) return false;
  for (const [name, chain] of a.chains) {
    const other = b.chains.get(name);
    if (other?.hook !== chain.hook || other.marks.join() !== chain.marks.join()) return false;
  }
  for (const [name, set] of a.sets) {
    const other = b.sets.get(name);
    if (other?.declaration !== set.declaration || other.elements.size !== set.elements.size) return false;
    for (const [key, target] of set.elements) if (other.elements.get(key) !== target) return false;
  }
  return true;
}
