import type { Chain, ElementSet, Table } from "./nodes.ts";
import { type PrintedRule, printElement, printHook, printRule, printSetDeclaration, setNoun } from "./print.ts";

/** A chain as it stands in the kernel: its hook as printed ("" for none) and its rules by their marks. */
export interface ActualChain {
  readonly hook: string;
  readonly marks: readonly string[];
}

export interface ActualSet {
  readonly declaration: string;
  readonly elements: ReadonlyMap<string, string>;
}

/** What is in force: read back from the kernel, or what was last applied. */
export interface Actual {
  readonly chains: ReadonlyMap<string, ActualChain>;
  readonly sets: ReadonlyMap<string, ActualSet>;
}

/** How many elements one line names; nft reads long lines, people do not. */
const perLine = 500;

function* elementLines(verb: string, table: string, set: string, elements: readonly string[]): Generator<string> {
  for (let i = 0; i < elements.length; i += perLine) {
    yield `${verb} element inet ${table} ${set} { ${elements.slice(i, i + perLine).join(", ")} }`;
  }
}

const printedHook = (chain: Chain): string => (chain.hook === undefined ? "" : printHook(chain.hook));

/** What `wanted` is once it is in force; compared with what is read back. */
export function asActual(wanted: Table): Actual {
  const chains = new Map<string, ActualChain>();
  for (const chain of wanted.chains.values()) {
    chains.set(chain.name, { hook: printedHook(chain), marks: chain.rules.map((r) => printRule(r).mark) });
  }
  const sets = new Map<string, ActualSet>();
  for (const set of wanted.sets.values()) {
    sets.set(set.name, { declaration: printSetDeclaration(set), elements: set.elements });
  }
  return { chains, sets };
}

interface SetChange {
  readonly set: ElementSet;
  readonly fresh: boolean;
  readonly gone: string[];
  readonly come: string[];
}

function setChange(set: ElementSet, actual: ActualSet | undefined): SetChange | undefined {
  const fresh = actual === undefined || actual.declaration !== printSetDeclaration(set);
  if (set.form === "dynamic") return fresh ? { set, fresh, gone: [], come: [] } : undefined;
  const before = fresh ? undefined : actual.elements;
  const gone: string[] = [];
  const come: string[] = [];
  for (const [key, target] of before ?? []) {
    if (set.elements.get(key) !== target) gone.push(printElement(set, key, ""));
  }
  for (const [key, target] of set.elements) {
    if (before?.get(key) !== target) come.push(printElement(set, key, target));
  }
  return fresh || gone.length > 0 || come.length > 0 ? { set, fresh, gone, come } : undefined;
}

const sameRules = (rules: readonly PrintedRule[], marks: readonly string[]): boolean =>
  rules.length === marks.length && rules.every((rule, i) => rule.mark === marks[i]);

/** How to get from one state to another. */
export interface Difference {
  /** In an order that nft accepts in one transaction; empty when nothing differs. */
  readonly lines: readonly string[];
  /** Whether it only adds elements to plain sets and verdict maps. What held before then holds after. */
  readonly onlyAdds: boolean;
}

/**
 * What turns `actual` (undefined: no such table) into `wanted`. Elements and chains that stay are not touched.
 */
export function diff(wanted: Table, actual: Actual | undefined): Difference {
  const t = wanted.name;
  const lines: string[] = [];
  if (actual === undefined) lines.push(`add table inet ${t}`);

  const changes = [...wanted.sets.values()].flatMap((set) => setChange(set, actual?.sets.get(set.name)) ?? []);
  const remade = new Set(changes.filter((c) => c.fresh && actual?.sets.has(c.set.name)).map((c) => c.set.name));

  const rewritten: { readonly chain: Chain; readonly rules: readonly PrintedRule[] }[] = [];
  const doomed: string[] = [];
  const rehooked = new Set<string>();
  for (const chain of wanted.chains.values()) {
    const before = actual?.chains.get(chain.name);
    const rules = chain.rules.map(printRule);
    const usesRemade = remade.size > 0 && chain.rules.some((r) => r.statements.some((s) => namesSet(s, remade)));
    if (before !== undefined && before.hook !== printedHook(chain)) rehooked.add(chain.name);
    if (before === undefined || rehooked.has(chain.name) || usesRemade || !sameRules(rules, before.marks)) {
      rewritten.push({ chain, rules });
    }
  }
  for (const name of actual?.chains.keys() ?? []) if (!wanted.chains.has(name)) doomed.push(name);
  const doomedSets = [...(actual?.sets.keys() ?? [])].filter((name) => !wanted.sets.has(name));

  // Nothing may point at what goes: first the rules, then the elements, then chains and sets themselves.
  for (const { chain } of rewritten)
    if (actual?.chains.has(chain.name)) lines.push(`flush chain inet ${t} ${chain.name}`);
  for (const name of doomed) lines.push(`flush chain inet ${t} ${name}`);
  for (const { set, gone } of changes) lines.push(...elementLines("delete", t, set.name, gone));
  for (const name of [...doomedSets, ...remade]) {
    const isMap = actual?.sets.get(name)?.declaration.includes(": verdict") ?? false;
    lines.push(`delete ${isMap ? "map" : "set"} inet ${t} ${name}`);
  }
  for (const name of rehooked) lines.push(`delete chain inet ${t} ${name}`);

  for (const { chain } of rewritten) {
    if (actual?.chains.has(chain.name) && !rehooked.has(chain.name)) continue;
    lines.push(`add chain inet ${t} ${chain.name}${chain.hook === undefined ? "" : ` { ${printHook(chain.hook)} }`}`);
  }
  for (const { set, fresh } of changes) {
    if (fresh) lines.push(`add ${setNoun(set)} inet ${t} ${set.name} { ${printSetDeclaration(set)} }`);
  }
  for (const { set, come } of changes) lines.push(...elementLines("add", t, set.name, come));
  for (const { chain, rules } of rewritten) {
    for (const { text, mark } of rules) lines.push(`add rule inet ${t} ${chain.name} ${text} comment "${mark}"`);
  }
  for (const name of doomed) lines.push(`delete chain inet ${t} ${name}`);
  const onlyAdds =
    actual !== undefined &&
    rewritten.length + doomed.length + doomedSets.length === 0 &&
    changes.every((c) => !c.fresh && c.gone.length === 0 && c.set.form !== "interval");
  return { lines, onlyAdds };
}

function namesSet(statement: Chain["rules"][number]["statements"][number], names: ReadonlySet<string>): boolean {
  switch (statement.kind) {
    case "lookup":
    case "meter":
    case "remember":
      return names.has(statement.set);
    case "verdict-map":
      return names.has(statement.map);
    case "match":
    case "verdict":
    case "reject":
    case "log":
    case "limit":
    case "set-mark":
    case "dnat":
    case "random-goto":
    case "masquerade":
      return false;
  }
}
