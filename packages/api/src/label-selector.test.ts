import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  everything,
  formatLabelSelector,
  labelSelectorAsSelector,
  nothing,
  SelectorError,
  selectorFromSet,
  validateLabelSelector,
} from "./label-selector.ts";
import { parseLabelSelector } from "./label-selector-parser.ts";

const name =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe("parseLabelSelector", () => {
  it.each([
    ["a===b", "unable to parse requirement: found '=', expected: identifier"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["-bad", `unable to parse requirement: <nil>: Invalid value: "-bad": ${name}`],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a,", "found '', expected: identifier after ','"],
    [",a", "found ',', expected: !, identifier, or 'end of string'"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    [
      "a>x",
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])("%s is refused in upstream's words", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it.each([
    ["", ""],
    ["app=web", "app=web"],
    ["b==1, a!=2", "a!=2,b==1"],
    ["tier in (web,db)", "tier in (db,web)"],
    ["tier notin (web),tier", "tier notin (web),tier"],
    ["!legacy", "!legacy"],
    ["a=", "a="],
    ["a in ()", "a in ()"],
    ["in in (in,notin)", "in in (in,notin)"],
    ["n>5,n<9", "n>5,n<9"],
    ["example.com/role=x", "example.com/role=x"],
  ])("%s is written %s", (text, expected) => {
    expect(parseLabelSelector(text).toString()).toBe(expected);
  });

  it.each([
    ["tier=web", { tier: "web" }, true],
    ["tier=web", {}, false],
    ["tier!=web", {}, true],
    ["tier notin (web)", { tier: "db" }, true],
    ["tier in (web,db)", { tier: "db" }, true],
    ["tier", { tier: "" }, true],
    ["!tier", { tier: "" }, false],
    ["n>5", { n: "10" }, true],
    ["n>5", { n: "x" }, false],
    ["n<5", { n: "-1" }, true],
    ["constructor", {}, false],
    ["", undefined, true],
  ])("%s against %j is %s", (text, labels, expected) => {
    expect(parseLabelSelector(text).matches(labels as Record<string, string> | undefined)).toBe(expected);
  });

  const keys = fc.constantFrom("a", "b", "example.com/c");
  const values = fc.constantFrom("x", "y", "z1");
  const terms = fc.oneof(
    fc.tuple(keys, fc.constantFrom("=", "==", "!="), values).map(([k, op, v]) => `${k}${op}${v}`),
    fc
      .tuple(keys, fc.constantFrom("in", "notin"), fc.uniqueArray(values, { minLength: 1 }))
      .map(([k, op, v]) => `${k} ${op} (${v.join(",")})`),
    keys,
    keys.map((k) => `!${k}`),
  );

  it("reads what it writes, and means the same", () => {
    fc.assert(
      fc.property(fc.array(terms, { maxLength: 4 }), fc.dictionary(keys, values), (parts, labels) => {
        const selector = parseLabelSelector(parts.join(","));
        const again = parseLabelSelector(selector.toString());
        expect(again.toString()).toBe(selector.toString());
        expect(again.matches(labels)).toBe(selector.matches(labels));
        expect(selector.matches(labels)).toBe(parts.every((part) => parseLabelSelector(part).matches(labels)));
      }),
    );
  });

  it("refuses whatever it does not understand with its own error", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from("a=!(),<> in")) }), (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
    );
  });
});

describe("LabelSelector objects", () => {
  it("match nothing when absent and everything when empty", () => {
    expect(labelSelectorAsSelector(undefined)).toBe(nothing);
    expect(nothing.matches({ a: "b" })).toBe(false);
    expect(labelSelectorAsSelector({}).matches({ a: "b" })).toBe(true);
    expect(everything.everything).toBe(true);
    expect(selectorFromSet(undefined).matches(undefined)).toBe(true);
  });

  it("are written as kubectl shows them", () => {
    expect(formatLabelSelector(undefined)).toBe("<none>");
    expect(formatLabelSelector({})).toBe("<none>");
    expect(
      formatLabelSelector({ matchLabels: { b: "1" }, matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }),
    ).toBe("!a,b=1");
    expect(formatLabelSelector({ matchExpressions: [{ key: "a", operator: "Nope" }] })).toBe("<error>");
  });

  it("are judged rule by rule", () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { "bad key!": "v" },
        matchExpressions: [
          { key: "a", operator: "In" },
          { key: "b", operator: "Exists", values: ["x"] },
          { key: "c", operator: "Nope" },
        ],
      },
      "spec.selector",
    );
    expect(errors.map((e) => `${e.field}: ${e.message}`)).toEqual([
      `spec.selector.matchLabels: Invalid value: "bad key!": ${name}`,
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].operator: Invalid value: "Nope": not a valid selector operator',
    ]);
  });
});
