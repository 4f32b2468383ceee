import { familyOf, parseAddress, parseCidr } from "./addresses.ts";
import type { Chain, ElementSet, Field, Statement, Table } from "./nodes.ts";

/**
 * A small nftables in TypeScript: what a table does with one packet. Tests hold the compiled rules against the decider
 * with it; the kernel's own answer is asked by the integration tests.
 */
export type PacketFields = Readonly<Partial<Record<Field, string>>>;

export interface Outcome {
  readonly verdict: "accept" | "drop" | "reject";
  /** Prefix of the last log statement passed. */
  readonly logged: string | undefined;
}

type Step = "next-rule" | "next-statement" | "accept" | "drop" | "reject" | "return";

const bounds = (text: string): readonly [bigint, bigint] | undefined => {
  const [from = "", to = from] = text.split("-");
  const number = (part: string): bigint | undefined => (/^\d+$/.test(part) ? BigInt(part) : parseAddress(part));
  const [low, high] = [number(from), number(to)];
  return low === undefined || high === undefined ? undefined : [low, high];
};

function matchesValue(actual: string, wanted: string): boolean {
  if (actual === wanted) return true;
  const value = /^\d+$/.test(actual) ? BigInt(actual) : parseAddress(actual);
  if (value === undefined || (actual.includes(":") && !wanted.includes(":"))) return false;
  if (wanted.includes("/")) {
    const range = familyOf(wanted) === familyOf(actual) ? parseCidr(wanted) : undefined;
    return range !== undefined && range.from <= value && value <= range.to;
  }
  const range = bounds(wanted);
  return range !== undefined && range[0] <= value && value <= range[1];
}

export function interpret(table: Table, hookChain: string, packet: PacketFields): Outcome {
  let logged: string | undefined;

  function key(fields: readonly Field[]): string | undefined {
    const parts = fields.map((field) => packet[field]);
    return parts.includes(undefined) ? undefined : parts.join(" . ");
  }

  function setHas(set: ElementSet, value: string): boolean {
    if (set.elements.has(value)) return true;
    return set.form === "interval" && [...set.elements.keys()].some((range) => matchesValue(value, range));
  }

  function target(word: string): Step {
    const [verb, chain = ""] = word.split(" ");
    switch (verb) {
      case "accept":
      case "drop":
      case "return":
        return verb;
      case "continue":
        return "next-rule";
      case "jump": {
        const step = run(find(chain));
        return step === "return" ? "next-rule" : step;
      }
      case "goto": {
        const step = run(find(chain));
        return step === "next-rule" ? "return" : step;
      }
      default:
        throw new Error(`verdict ${word}`);
    }
  }

  function find(name: string): Chain {
    const chain = table.chains.get(name);
    if (chain === undefined) throw new Error(`no chain ${name}`);
    return chain;
  }

  function findSet(name: string): ElementSet {
    const set = table.sets.get(name);
    if (set === undefined) throw new Error(`no set ${name}`);
    return set;
  }

  function step(statement: Statement): Step {
    switch (statement.kind) {
      case "match": {
        const actual = packet[statement.field];
        if (actual === undefined) return "next-rule";
        return statement.values.some((v) => matchesValue(actual, v)) !== statement.not ? "next-statement" : "next-rule";
      }
      case "lookup": {
        const value = key(statement.fields);
        if (value === undefined) return "next-rule";
        return setHas(findSet(statement.set), value) !== statement.not ? "next-statement" : "next-rule";
      }
      case "verdict-map": {
        const value = key(statement.fields);
        const found = value === undefined ? undefined : findSet(statement.map).elements.get(value);
        return found === undefined ? "next-rule" : target(found);
      }
      case "verdict": {
        const to = statement.target;
        return target(typeof to === "string" ? to : "jump" in to ? `jump ${to.jump}` : `goto ${to.goto}`);
      }
      case "reject":
        return "reject";
      case "log":
        logged = statement.prefix;
        return "next-statement";
      case "meter":
        findSet(statement.set);
        return packet[statement.field] === undefined ? "next-rule" : "next-statement";
      case "limit":
      case "remember":
      case "set-mark":
      case "masquerade":
      case "dnat":
      case "random-goto":
        return "next-statement";
    }
  }

  function run(chain: Chain): Step {
    for (const rule of chain.rules) {
      let at: Step = "next-statement";
      for (const statement of rule.statements) {
        at = step(statement);
        if (at !== "next-statement") break;
      }
      if (at !== "next-rule" && at !== "next-statement") return at;
    }
    return "return";
  }

  const base = find(hookChain);
  const ended = run(base);
  if (ended === "accept" || ended === "drop" || ended === "reject") return { verdict: ended, logged };
  return { verdict: base.hook?.policy ?? "accept", logged };
}
