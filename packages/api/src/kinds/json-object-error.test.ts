import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonObjectError } from "./json-object-error.ts";

test.each([
  ["", "unexpected end of JSON input"],
  ["{", "unexpected end of JSON input"],
  ["notjson", "invalid character 'o' in literal null (expecting 'u')"],
  ["xyz", "invalid character 'x' looking for beginning of value"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["{} x", "invalid character 'x' after top-level value"],
  ['{"a":01}', "invalid character '1' after object key:value pair"],
  ["[1]", "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  ['"text"', "json: cannot unmarshal string into Go value of type map[string]interface {}"],
])("%j", (text, message) => {
  expect(jsonObjectError(text)).toBe(message);
});

test("takes what JSON takes, and nothing else", () => {
  const texts = fc.oneof(
    fc.json(),
    fc.string({ unit: fc.constantFrom(...'{}[]",:0-1.eE+tfn \\u'.split("")) }),
    fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        expect(jsonObjectError(text)).toBeDefined();
        return;
      }
      const isObject = value === null || (typeof value === "object" && !Array.isArray(value));
      expect(jsonObjectError(text) === undefined).toBe(isObject);
    }),
    { numRuns: 500 },
  );
});

test("a document nested beyond reason is refused, not a crash", () => {
  expect(jsonObjectError('{"a":'.repeat(200_000))).toBeDefined();
});
