import type { TagRule } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newerTags, tagOrder } from "./tag-order.ts";

const newer = (rule: TagRule, tags: readonly string[], current: string | undefined) => {
  const order = tagOrder(rule);
  if (order === undefined) throw new Error("no order");
  const found = newerTags(order, tags, current);
  return found.kind === "newer" ? found.tags : found.kind;
};

describe.each<[TagRule, string[], string | undefined, readonly string[] | string]>([
  [{ semver: "^1.27" }, ["1.26.9", "1.27.0", "1.27.3", "1.28.0", "2.0.0"], "1.27.0", ["1.28.0", "1.27.3"]],
  [{ semver: "^1" }, ["1.9.0", "1.10.0"], "1.9.0", ["1.10.0"]],
  [{ semver: "^1" }, ["v1.1.0", "1.0.0"], "v1.0.0", ["v1.1.0"]],
  // A tag that moves is no version; another kind of image is not newer.
  [{ semver: "^1" }, ["1", "1.28", "latest", "1.28.0-alpine"], "1.27.0", "none-matches"],
  [{ semver: "^1" }, ["1.27.0", "1.28.0"], "1.27.0-alpine", "unknown-current"],
  // Pre-releases only where the range names one.
  [{ semver: "^1.2.0" }, ["1.2.0", "1.3.0-rc.1"], "1.2.0", []],
  [{ semver: "^1.3.0-rc.1" }, ["1.2.0", "1.3.0-rc.2"], "1.2.0", ["1.3.0-rc.2"]],
  [{ semver: "^1.3.0-rc.1" }, ["1.3.0", "1.3.0-rc.2"], "1.3.0-rc.1", ["1.3.0", "1.3.0-rc.2"]],
  [{ semver: "^1" }, ["1.9.0"], "2.0.0", []],
  [{ semver: "^1" }, ["1.9.0"], "stable", "unknown-current"],
  [{ semver: "^1" }, ["1.9.0"], undefined, "unknown-current"],
  [{ semver: "^3" }, ["1.9.0"], "1.9.0", "none-matches"],
  [{ prefix: "build-" }, ["build-9", "build-10", "build-x", "10"], "build-9", ["build-10"]],
  [{ prefix: "1.27-" }, ["1.27-2", "1.27-2-1", "1.28-9"], "1.27-1", ["1.27-2-1", "1.27-2"]],
  [{ prefix: "build-" }, ["build-10"], "9", "unknown-current"],
  [{ prefix: "" }, ["9", "10", "latest"], "9", ["10"]],
  [{ prefix: "v", order: "Semver" }, ["v1.10.0", "v1.9.0", "v2.0.0-rc.1"], "v1.9.0", ["v1.10.0"]],
  [
    { prefix: "release-", order: "Date" },
    ["release-2026-02-28", "release-20260301", "release-2026-02-30", "release-2026-02-28.2"],
    "release-2026-02-27",
    ["release-20260301", "release-2026-02-28.2", "release-2026-02-28"],
  ],
  [{ prefix: "r", order: "Alphabetical" }, ["rb", "rc", "ra"], "rb", ["rc"]],
])("%j over %j from %s", (rule, tags, current, wanted) => {
  it(`gives ${JSON.stringify(wanted)}`, () => expect(newer(rule, tags, current)).toEqual(wanted));
});

it("one tag's digest has no order", () => expect(tagOrder({ digestOf: "stable" })).toBeUndefined());
it("a range that is none is refused", () => expect(() => tagOrder({ semver: ">>1" })).toThrow(TypeError));

describe("whatever a registry says", () => {
  const number = fc.nat({ max: 12 });
  const version = fc
    .tuple(number, number, number, fc.option(fc.constantFrom("rc.1", "alpine", "0")))
    .map(([a, b, c, pre]) => ({ a, b, c, pre, text: `${a}.${b}.${c}${pre === null ? "" : `-${pre}`}` }));
  const value = ({ a, b, c }: { a: number; b: number; c: number }): number => a * 10_000 + b * 100 + c;

  it("a lower or equal version is never offered, nor a pre-release that nobody asked for", () => {
    fc.assert(
      fc.property(fc.array(version), version, number, (all, current, major) => {
        const found = newer(
          { semver: `^${major}` },
          all.map(({ text }) => text),
          current.text,
        );
        if (typeof found === "string") return;
        for (const text of found) {
          const one = all.find((each) => each.text === text);
          expect(one?.pre).toBeNull();
          expect(one?.a).toBe(major);
          expect(value(one ?? current)).toBeGreaterThan(value(current));
        }
      }),
    );
  });

  it("the newest comes first, in every order", () => {
    const rules: TagRule[] = (["Numeric", "Semver", "Date", "Alphabetical"] as const).map((order) => ({
      prefix: "t",
      order,
    }));
    const tag = fc.oneof(
      version.map(({ text }) => `t${text}`),
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((d) => `t${d.toISOString().slice(0, 10)}`),
      fc.stringMatching(/^[a-z0-9._-]{0,12}$/),
    );
    fc.assert(
      fc.property(fc.constantFrom(...rules), fc.uniqueArray(tag), tag, (rule, tags, current) => {
        const order = tagOrder(rule);
        const found = newer(rule, tags, current);
        if (typeof found === "string") return;
        const line = [...found, current];
        for (const [i, one] of line.slice(0, -1).entries()) {
          const sign = order?.compare(order.place(one), order.place(line[i + 1] ?? "")) ?? 0;
          if (i === found.length - 1) expect(sign).toBeGreaterThan(0);
          else expect(sign).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
