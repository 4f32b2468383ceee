import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  difference,
  eachPath,
  type FieldSet,
  type Fields,
  intersection,
  isFieldSet,
  isLeaf,
  leaf,
  pathText,
  recursiveDifference,
  sameFields,
  union,
} from "./field-set.ts";

type Path = readonly string[];

/** The set of some paths, put together one by one. */
function setOf(paths: readonly Path[]): FieldSet {
  let out: FieldSet;
  for (const path of paths) {
    const one = [...path].reverse().reduce<Fields>((inner, element) => ({ [element]: inner }), leaf);
    out = union(out, one);
  }
  return out;
}

function pathsOf(set: FieldSet): string[] {
  const out: string[] = [];
  eachPath(set, (path) => out.push(path.join("/")));
  return out.sort();
}

const element = fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', "v:1");
const path = fc.array(element, { minLength: 1, maxLength: 3 });
const paths = fc.array(path, { maxLength: 6 });
const texts = (some: readonly Path[]): string[] => [...new Set(some.map((p) => p.join("/")))].sort();

describe("sets of fields", () => {
  it("are sets of paths", () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const [left, right] = [setOf(a), setOf(b)];
        const [ta, tb] = [texts(a), texts(b)];
        expect(pathsOf(left)).toEqual(ta);
        expect(pathsOf(union(left, right))).toEqual([...new Set([...ta, ...tb])].sort());
        expect(pathsOf(intersection(left, right))).toEqual(ta.filter((t) => tb.includes(t)));
        expect(pathsOf(difference(left, right))).toEqual(ta.filter((t) => !tb.includes(t)));
        expect(pathsOf(recursiveDifference(left, right))).toEqual(
          ta.filter((t) => !tb.some((u) => t === u || t.startsWith(`${u}/`))),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("obey the laws of sets", () => {
    fc.assert(
      fc.property(paths, paths, paths, (a, b, c) => {
        const [x, y, z] = [setOf(a), setOf(b), setOf(c)];
        expect(sameFields(union(x, y), union(y, x))).toBe(true);
        expect(sameFields(union(union(x, y), z), union(x, union(y, z)))).toBe(true);
        expect(sameFields(union(x, x), x)).toBe(true);
        expect(difference(x, x)).toBeUndefined();
        expect(sameFields(union(difference(x, y), intersection(x, y)), x)).toBe(true);
        expect(sameFields(difference(union(x, y), y), difference(x, y))).toBe(true);
        expect(sameFields(intersection(x, union(y, z)), union(intersection(x, y), intersection(x, z)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("leave their operands alone, and share what stays", () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const [x, y] = [setOf(a), setOf(b)];
        const before = JSON.stringify([x, y]);
        union(x, y);
        difference(x, y);
        recursiveDifference(x, y);
        intersection(x, y);
        expect(JSON.stringify([x, y])).toBe(before);
        expect(union(x, undefined)).toBe(x);
        expect(difference(x, undefined)).toBe(x);
      }),
    );
  });

  it("are told from what is none", () => {
    expect(isFieldSet({ "f:a": { ".": {}, "k:{}": {} } })).toBe(true);
    expect(isFieldSet({ a: {} })).toBe(false);
    expect(isFieldSet({ "f:a": 1 })).toBe(false);
    expect(isFieldSet(null)).toBe(false);
    expect(isLeaf(leaf)).toBe(true);
  });

  it("name their paths as conflicts do", () => {
    expect(pathText(["f:spec", 'k:{"port":80,"protocol":"TCP"}', "f:name"])).toBe('.spec[port=80,protocol="TCP"].name');
    expect(pathText(["f:tags", 'v:"x"', "i:0"])).toBe('.tags[="x"][0]');
  });
});
