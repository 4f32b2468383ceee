import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinearRegex } from "./linear-regex.ts";

const matches = (pattern: string, text: string): boolean => new LinearRegex(pattern).test(text);

describe("LinearRegex", () => {
  it.each([
    ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "my-name", true],
    ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "-name", false],
    ["b+", "abbbc", true],
    ["^(foo|ba[rz])$", "baz", true],
    ["^(foo|ba[rz])$", "bar!", false],
    ["^a{2,3}$", "aaaa", false],
    ["^a{2,}$", "aaaa", true],
    ["^\\d+\\.\\d+$", "1.25", true],
    ["^[[:alpha:]]+$", "abc", true],
    ["^\\p{Lu}\\pL*$", "Éa", true],
    ["(?i)^hello$", "HeLLo", true],
    ["^(?i:a)b$", "AB", false],
    ["^(?i:a)b$", "Ab", true],
    ["\\bword\\b", "a word.", true],
    ["\\bword\\b", "swords", false],
    ["^\\Qa.b\\E$", "a.b", true],
    ["^\\Qa.b\\E$", "axb", false],
    ["^.$", "\n", false],
    ["(?s)^.$", "\n", true],
    ["(?m)^b$", "a\nb\nc", true],
    ["^$", "", true],
    ["", "anything", true],
    ["^[^a]$", "é", true],
    ["^[\\]\\-x]+$", "]-x", true],
    ["^[]a]+$", "]a", true],
    ["^(?P<year>\\d{4})$", "2026", true],
    ["^\\x{1F600}$", "😀", true],
    ["^(a|b)*?c$", "ababc", true],
  ])("%s on %j is %s", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ["(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"],
    ["(?<!a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?<!`"],
    ["(a)\\1", "error parsing regexp: invalid escape sequence: `\\1`"],
    ["(", "error parsing regexp: missing closing ): `(`"],
    ["a)", "error parsing regexp: unexpected ): `a)`"],
    ["[a", "error parsing regexp: missing closing ]: `[a`"],
    ["*a", "error parsing regexp: missing argument to repetition operator: `*`"],
    ["a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"],
    ["[z-a]", "error parsing regexp: invalid character class range: `z-a`"],
    ["((a{100}){100}){100}", "error parsing regexp: expression too large: `((a{100}){100}){100}`"],
  ])("%s is refused in Go's words", (pattern, message) => {
    expect(() => new LinearRegex(pattern)).toThrow(message);
  });

  it("reads a text that holds a backtracking engine for ever", () => {
    expect(matches("^(a+)+$", `${"a".repeat(5000)}!`)).toBe(false);
    expect(matches("^(a|a?)+$", `${"a".repeat(2000)}b`)).toBe(false);
  });

  it("agrees with JavaScript where both have the syntax", () => {
    const atom = fc.constantFrom("a", "b", "[ab]", "[^a]", ".", "\\w", "(a|b)", "(?:ab)", "(a|)", "\\b");
    const quantified = fc
      .tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{0,2}"))
      .map(([a, q]) => a + (a === "\\b" ? "" : q));
    const body = fc.array(quantified, { maxLength: 4 }).map((parts) => parts.join(""));
    const pattern = fc.tuple(fc.boolean(), body, fc.boolean()).map(([s, b, e]) => `${s ? "^" : ""}${b}${e ? "$" : ""}`);
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 8 }), (p, text) => {
        expect(matches(p, text)).toBe(new RegExp(p, "u").test(text));
      }),
      { numRuns: 500 },
    );
  });
});
