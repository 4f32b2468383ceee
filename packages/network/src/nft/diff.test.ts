import fc from "fast-check";
import { expect, test } from "vitest";
import { type Actual, asActual, diff } from "./diff.ts";
import {
  accept,
  chain,
  drop,
  dynamicSet,
  goTo,
  intervalSet,
  lookup,
  match,
  plainSet,
  type Rule,
  remember,
  rule,
  type Table,
  table,
  verdictMap,
  verdictMapOf,
} from "./nodes.ts";
import { sameActual } from "./read-back.ts";

const hook = { type: "filter", hook: "forward", priority: 0, policy: "drop" } as const;

/** What the kernel would hold after these lines; refuses what it would refuse. */
function applyLines(before: Actual | undefined, lines: readonly string[]): Actual {
  const chains = new Map(
    Array.from(before?.chains ?? [], ([k, c]) => [k, { hook: c.hook, marks: [...c.marks], texts: [] as string[] }]),
  );
  const sets = new Map(
    Array.from(before?.sets ?? [], ([k, s]) => [k, { declaration: s.declaration, elements: new Map(s.elements) }]),
  );
  const need = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new Error(`no such thing: ${what}`);
    return value;
  };
  for (const line of lines) {
    const [, verb, noun, , name = "", rest = ""] = /^(\w+) (\w+) inet (\S+)(?: (\S+) ?(.*))?$/.exec(line) ?? [];
    const inner = rest.replace(/^\{ (.*) \}$/, "$1");
    switch (`${verb} ${noun}`) {
      case "add table":
        break;
      case "add chain":
        if (chains.has(name)) throw new Error(`chain ${name} exists`);
        chains.set(name, { hook: inner, marks: [], texts: [] });
        break;
      case "flush chain":
        Object.assign(need(chains.get(name), line), { marks: [], texts: [] });
        break;
      case "delete chain":
        if (need(chains.get(name), line).marks.length > 0) throw new Error(`chain ${name} is in use`);
        for (const [set, { elements }] of sets) {
          if ([...elements.values()].includes(`goto ${name}`)) throw new Error(`chain ${name} is used by ${set}`);
        }
        for (const c of chains.values())
          if (c.texts.some((t) => t.includes(`goto ${name} `))) throw new Error(`chain ${name} is used`);
        chains.delete(name);
        break;
      case "add set":
      case "add map":
        if (sets.has(name)) throw new Error(`set ${name} exists`);
        sets.set(name, { declaration: inner, elements: new Map() });
        break;
      case "delete set":
      case "delete map":
        need(sets.get(name), line);
        for (const c of chains.values())
          if (c.texts.some((t) => t.includes(`@${name} `))) throw new Error(`set ${name} is used`);
        sets.delete(name);
        break;
      case "add element":
      case "delete element":
        for (const element of inner.split(", ")) {
          const [key = "", target = ""] = element.split(" : ");
          const { elements } = need(sets.get(name), line);
          if (verb === "add") {
            if (elements.has(key)) throw new Error(`element ${key} exists`);
            if (target.startsWith("goto ")) need(chains.get(target.slice(5)), line);
            elements.set(key, target);
          } else if (!elements.delete(key)) throw new Error(`no element ${key}`);
        }
        break;
      case "add rule": {
        const [, text = "", mark = ""] = /^(.*) comment "(.*)"$/.exec(rest) ?? [];
        for (const [, set = ""] of text.matchAll(/@(\S+)/g)) need(sets.get(set), line);
        for (const [, to = ""] of text.matchAll(/goto (\S+)/g)) need(chains.get(to), line);
        const at = need(chains.get(name), line);
        at.marks.push(mark);
        at.texts.push(`${text} `);
        break;
      }
      default:
        throw new Error(`unknown line: ${line}`);
    }
  }
  return { chains, sets };
}

const chainNames = ["a", "b", "c"] as const;
const anyTable = fc
  .record({
    chains: fc.uniqueArray(fc.constantFrom(...chainNames), { minLength: 1 }),
    elements: fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3")),
    targets: fc.array(fc.tuple(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3"), fc.nat(2))),
    rules: fc.array(fc.tuple(fc.nat(2), fc.nat(5)), { maxLength: 6 }),
    hooked: fc.boolean(),
    size: fc.constantFrom(10, 20),
    type: fc.constantFrom("ipv4_addr" as const, "inet_service" as const),
    withMap: fc.boolean(),
  })
  .map(({ chains, elements, targets, rules, hooked, size, type, withMap }): Table => {
    const first = chains[0] ?? "a";
    const made: Rule[] = [
      rule(match("ip saddr", "10.0.0.9"), drop),
      rule(lookup("s", "ip saddr"), accept),
      rule(remember("d", "ip saddr", 5)),
      rule(goTo("z")),
      ...(withMap ? [rule(verdictMap("m", "ip saddr"))] : []),
    ];
    const of = (i: number): Rule[] => rules.flatMap(([to, which]) => (to === i ? (made[which] ?? []) : []));
    return table(
      "t",
      [...chains.map((name, i) => chain(name, of(i), hooked && name === first ? hook : undefined)), chain("z", [])],
      [
        plainSet("s", [type === "ipv4_addr" ? type : "ipv4_addr"], elements),
        dynamicSet("d", "ipv4_addr", 60, size),
        ...(withMap
          ? [
              verdictMapOf(
                "m",
                ["ipv4_addr"],
                new Map(targets.map(([key, n]) => [key, { goto: chains[n + 1] ?? "z" }])),
              ),
            ]
          : []),
      ],
    );
  });

test("from any table to any other, by lines that a kernel accepts in their order", () => {
  fc.assert(
    fc.property(anyTable, anyTable, (from, to) => {
      const before = applyLines(undefined, diff(from, undefined).lines);
      expect(sameActual(before, asActual(from))).toBe(true);
      const after = applyLines(before, diff(to, before).lines);
      expect(sameActual(after, asActual(to))).toBe(true);
      expect(diff(to, after).lines).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("only what differs is touched: one more pod is one more element", () => {
  const of = (...ips: string[]): Table =>
    table("t", [chain("f", [rule(lookup("pods", "ip saddr"), accept)], hook)], [plainSet("pods", ["ipv4_addr"], ips)]);
  expect(diff(of("10.0.0.1", "10.0.0.2"), asActual(of("10.0.0.1")))).toEqual({
    lines: ["add element inet t pods { 10.0.0.2 }"],
    onlyAdds: true,
  });
  expect(diff(of("10.0.0.2"), asActual(of("10.0.0.1", "10.0.0.2")))).toEqual({
    lines: ["delete element inet t pods { 10.0.0.1 }"],
    onlyAdds: false,
  });
});

test("an element that leads elsewhere now is taken out and put in again", () => {
  const of = (to: string): Table =>
    table("t", [chain("x", []), chain("y", [])], [verdictMapOf("m", ["ipv4_addr"], [["10.0.0.1", { goto: to }]])]);
  expect(diff(of("y"), asActual(of("x"))).lines).toEqual([
    "delete element inet t m { 10.0.0.1 }",
    "add element inet t m { 10.0.0.1 : goto y }",
  ]);
});

test("a range that comes is more than an addition: a closed one may forbid what passed", () => {
  const of = (...ranges: string[]): Table => table("t", [], [intervalSet("closed", "ipv4_addr", ranges)]);
  expect(diff(of("10.0.0.0-10.0.0.9"), asActual(of()))).toMatchObject({ onlyAdds: false });
  const rules = (...made: Rule[]): Table => table("t", [chain("f", made, hook)], []);
  expect(diff(rules(rule(drop)), asActual(rules()))).toMatchObject({ onlyAdds: false });
});
