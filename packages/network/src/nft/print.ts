import { createHash } from "node:crypto";
import { type Backend, type ElementSet, type Hook, printTarget, type Rule, type Statement } from "./nodes.ts";

const quotedFields = new Set(["iifname", "oifname"]);

function printValue(field: string, value: string): string {
  return quotedFields.has(field) ? `"${value}"` : value;
}

function printBackend(family: "ip" | "ip6", backend: Backend): string {
  return family === "ip6" ? `[${backend.address}]:${backend.port}` : `${backend.address}:${backend.port}`;
}

function printDnat(family: "ip" | "ip6", backends: readonly Backend[]): string {
  const [only, second] = backends;
  if (only === undefined) throw new Error("a translation needs a backend");
  if (second === undefined) return `dnat ${family} to ${printBackend(family, only)}`;
  const choices = backends.map((b, i) => `${i} : ${b.address} . ${b.port}`);
  return `dnat ${family} to numgen random mod ${backends.length} map { ${choices.join(", ")} }`;
}

/** One statement in nft's syntax. */
export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case "match": {
      const values = statement.values.map((v) => printValue(statement.field, v));
      const right = values.length === 1 ? values[0] : `{ ${values.join(", ")} }`;
      return `${statement.field} ${statement.not ? "!= " : ""}${right}`;
    }
    case "lookup":
      return `${statement.fields.join(" . ")} ${statement.not ? "!= " : ""}@${statement.set}`;
    case "verdict-map":
      return `${statement.fields.join(" . ")} vmap @${statement.map}`;
    case "verdict":
      return printTarget(statement.target);
    case "reject":
      return `reject with ${statement.with}`;
    case "log":
      return `log prefix "${statement.prefix}" group ${statement.group} snaplen 128 queue-threshold 1`;
    case "limit":
      return `limit rate ${statement.perSecond}/second burst ${statement.burst} packets`;
    case "meter":
      return `update @${statement.set} { ${statement.field} limit rate ${statement.perSecond}/second burst ${statement.burst} packets }`;
    case "remember":
      return `update @${statement.set} { ${statement.field} timeout ${statement.seconds}s }`;
    case "set-mark":
      return `ct mark set ${statement.mark}`;
    case "dnat":
      return printDnat(statement.family, statement.backends);
    case "random-goto": {
      const choices = statement.chains.map((c, i) => `${i} : goto ${c}`);
      return `numgen random mod ${statement.chains.length} vmap { ${choices.join(", ")} }`;
    }
    case "masquerade":
      return "masquerade";
  }
}

/** A rule's text without its comment, and its mark: what it carries as its comment, by which it is known again. */
export interface PrintedRule {
  readonly text: string;
  readonly mark: string;
}

/** Rules are values: one that did not change is printed once, however often its table is compared. */
const printed = new WeakMap<Rule, PrintedRule>();

export function printRule(rule: Rule): PrintedRule {
  let known = printed.get(rule);
  if (known === undefined) {
    const text = rule.statements.map(printStatement).join(" ");
    known = { text, mark: createHash("sha256").update(text).digest("base64url").slice(0, 12) };
    printed.set(rule, known);
  }
  return known;
}

export function printHook(hook: Hook): string {
  return `type ${hook.type} hook ${hook.hook} priority ${hook.priority}; policy ${hook.policy};`;
}

/** What stands between the braces of a set's or map's declaration. */
export function printSetDeclaration(set: ElementSet): string {
  const type = set.types.join(" . ");
  switch (set.form) {
    case "plain":
      return `type ${type};`;
    case "interval":
      return `type ${type}; flags interval;`;
    case "dynamic":
      return `type ${type}; flags dynamic,timeout; timeout ${set.timeoutSeconds ?? 60}s; size ${set.size ?? 1024};`;
    case "verdict-map":
      return `type ${type} : verdict;`;
  }
}

/** `add set` or `add map`. */
export const setNoun = (set: ElementSet): "set" | "map" => (set.form === "verdict-map" ? "map" : "set");

/** An element as it is added: interface names are quoted. */
export function printElement(set: ElementSet, key: string, target: string): string {
  let printed = key;
  if (set.types.includes("ifname")) {
    const parts = key.split(" . ");
    printed = parts.map((part, i) => (set.types[i] === "ifname" ? `"${part}"` : part)).join(" . ");
  }
  return target === "" ? printed : `${printed} : ${target}`;
}
