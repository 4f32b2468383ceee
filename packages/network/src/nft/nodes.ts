/**
 * Statements, rules, chains, sets and tables of nftables as immutable values. Only what our rules use exists here: a
 * statement that cannot be written down cannot be applied. Elements are kept in one canonical spelling (`10.0.0.1`,
 * `10.0.0.0-10.0.0.255`, `10.0.0.1 . tcp . 80`), the same that is read back, so that two rulesets compare as text.
 */

/** What a packet or its connection is asked for. `ct original` and `ct reply` hold for both directions of a connection. */
export type Field =
  | "iifname"
  | "oifname"
  | "meta l4proto"
  | "ct state"
  | "ct mark"
  | "ct direction"
  | "ct original ip saddr"
  | "ct original ip6 saddr"
  | "ct reply ip saddr"
  | "ct reply ip6 saddr"
  | "ct reply proto-src"
  | "ip saddr"
  | "ip daddr"
  | "ip6 saddr"
  | "ip6 daddr"
  | "icmpv6 type"
  | "th dport";

export type Target = "accept" | "drop" | "return" | "continue" | { readonly jump: string } | { readonly goto: string };

/** A backend of a Service port: the address and the port to translate to. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

export type Statement =
  /** `field value`, `field != value`, `field { a, b }`. A value is a literal or a range `a-b`. */
  | { readonly kind: "match"; readonly field: Field; readonly not: boolean; readonly values: readonly string[] }
  /** `a . b @set`. */
  | { readonly kind: "lookup"; readonly fields: readonly Field[]; readonly not: boolean; readonly set: string }
  /** `a . b vmap @map`: no element, no verdict. */
  | { readonly kind: "verdict-map"; readonly fields: readonly Field[]; readonly map: string }
  | { readonly kind: "verdict"; readonly target: Target }
  | { readonly kind: "reject"; readonly with: "tcp reset" | "icmpx admin-prohibited" | "icmpx port-unreachable" }
  /** To the netlink group, at once, only the packet's first bytes. */
  | { readonly kind: "log"; readonly prefix: string; readonly group: number }
  | { readonly kind: "limit"; readonly perSecond: number; readonly burst: number }
  /** Goes on while the address in `field` is below its own rate. */
  | {
      readonly kind: "meter";
      readonly set: string;
      readonly field: Field;
      readonly perSecond: number;
      readonly burst: number;
    }
  /** Keeps the address in a set for so long. */
  | { readonly kind: "remember"; readonly set: string; readonly field: Field; readonly seconds: number }
  | { readonly kind: "set-mark"; readonly mark: number }
  /** One of them at random; only after a match of `meta l4proto`. */
  | { readonly kind: "dnat"; readonly family: "ip" | "ip6"; readonly backends: readonly Backend[] }
  /** Continues in one of the chains at random. */
  | { readonly kind: "random-goto"; readonly chains: readonly string[] }
  | { readonly kind: "masquerade" };

export interface Rule {
  readonly kind: "rule";
  readonly statements: readonly Statement[];
}

/** Where the kernel calls a chain; without it the chain is only jumped to. */
export interface Hook {
  readonly type: "filter" | "nat";
  readonly hook: "prerouting" | "input" | "forward" | "output" | "postrouting";
  readonly priority: number;
  readonly policy: "accept" | "drop";
}

export interface Chain {
  readonly kind: "chain";
  readonly name: string;
  readonly hook: Hook | undefined;
  readonly rules: readonly Rule[];
}

export type ElementType = "ipv4_addr" | "ipv6_addr" | "inet_proto" | "inet_service" | "ifname";

/** A set, or a verdict map: then each element has a target. A dynamic set is filled by packets and starts empty. */
export interface ElementSet {
  readonly kind: "set";
  readonly name: string;
  readonly types: readonly ElementType[];
  readonly form: "plain" | "interval" | "dynamic" | "verdict-map";
  /** Of a dynamic set. */
  readonly timeoutSeconds: number | undefined;
  /** Of a dynamic set: never holds more. */
  readonly size: number | undefined;
  /** Canonical key to printed target; the target is "" in a set. */
  readonly elements: ReadonlyMap<string, string>;
}

export interface Table {
  readonly kind: "table";
  readonly name: string;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, ElementSet>;
}

const freeze = <T extends object>(value: T): Readonly<T> => Object.freeze(value);

export const match = (field: Field, ...values: readonly string[]): Statement =>
  freeze({ kind: "match", field, not: false, values: freeze(values) });
export const matchNot = (field: Field, ...values: readonly string[]): Statement =>
  freeze({ kind: "match", field, not: true, values: freeze(values) });
export const lookup = (set: string, ...fields: readonly Field[]): Statement =>
  freeze({ kind: "lookup", fields: freeze(fields), not: false, set });
export const lookupNot = (set: string, ...fields: readonly Field[]): Statement =>
  freeze({ kind: "lookup", fields: freeze(fields), not: true, set });
export const verdictMap = (map: string, ...fields: readonly Field[]): Statement =>
  freeze({ kind: "verdict-map", fields: freeze(fields), map });
export const verdict = (target: Target): Statement => freeze({ kind: "verdict", target });
export const accept = verdict("accept");
export const drop = verdict("drop");
export const giveBack = verdict("return");
export const jump = (chain: string): Statement => verdict({ jump: chain });
export const goTo = (chain: string): Statement => verdict({ goto: chain });
export const reject = (how: Extract<Statement, { kind: "reject" }>["with"]): Statement =>
  freeze({ kind: "reject", with: how });
export const logTo = (group: number, prefix: string): Statement => freeze({ kind: "log", prefix, group });
export const limit = (perSecond: number, burst: number): Statement => freeze({ kind: "limit", perSecond, burst });
export const meter = (set: string, field: Field, perSecond: number, burst: number): Statement =>
  freeze({ kind: "meter", set, field, perSecond, burst });
export const remember = (set: string, field: Field, seconds: number): Statement =>
  freeze({ kind: "remember", set, field, seconds });
export const setMark = (mark: number): Statement => freeze({ kind: "set-mark", mark });
export const dnat = (family: "ip" | "ip6", backends: readonly Backend[]): Statement =>
  freeze({ kind: "dnat", family, backends: freeze([...backends]) });
export const randomGoto = (chains: readonly string[]): Statement =>
  freeze({ kind: "random-goto", chains: freeze([...chains]) });
export const masquerade: Statement = freeze({ kind: "masquerade" });

export const rule = (...statements: readonly Statement[]): Rule =>
  freeze({ kind: "rule", statements: freeze(statements) });

export const chain = (name: string, rules: readonly Rule[], hook?: Hook): Chain =>
  freeze({ kind: "chain", name, hook: hook && freeze(hook), rules: freeze([...rules]) });

const emptyElements: ReadonlyMap<string, string> = new Map();

const set = (init: Omit<ElementSet, "kind">): ElementSet => freeze({ kind: "set", ...init });

/** A set of single values or concatenations. */
export const plainSet = (name: string, types: readonly ElementType[], keys: Iterable<string>): ElementSet =>
  set({
    name,
    types,
    form: "plain",
    timeoutSeconds: undefined,
    size: undefined,
    elements: new Map(Array.from(keys, (k) => [k, ""])),
  });

/** A set of ranges that neither overlap nor touch (see `mergeRanges`). */
export const intervalSet = (name: string, type: ElementType, ranges: Iterable<string>): ElementSet =>
  set({
    name,
    types: [type],
    form: "interval",
    timeoutSeconds: undefined,
    size: undefined,
    elements: new Map(Array.from(ranges, (k) => [k, ""])),
  });

export const dynamicSet = (name: string, type: ElementType, timeoutSeconds: number, size: number): ElementSet =>
  set({ name, types: [type], form: "dynamic", timeoutSeconds, size, elements: emptyElements });

export const verdictMapOf = (
  name: string,
  types: readonly ElementType[],
  entries: Iterable<readonly [string, Target]>,
): ElementSet =>
  set({
    name,
    types,
    form: "verdict-map",
    timeoutSeconds: undefined,
    size: undefined,
    elements: new Map(Array.from(entries, ([k, target]) => [k, printTarget(target)])),
  });

/** `accept`, `jump e-1`. */
export function printTarget(target: Target): string {
  if (typeof target === "string") return target;
  return "jump" in target ? `jump ${target.jump}` : `goto ${target.goto}`;
}

/** Names are unique: the later of two equal names would hide a rule, so it throws. */
export function table(name: string, chains: readonly Chain[], sets: readonly ElementSet[]): Table {
  const byName = <T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> => {
    const map = new Map<string, T>();
    for (const item of items) {
      if (map.has(item.name)) throw new Error(`table ${name}: two chains or sets are called ${item.name}`);
      map.set(item.name, item);
    }
    return map;
  };
  return freeze({ kind: "table", name, chains: byName(chains), sets: byName(sets) });
}
