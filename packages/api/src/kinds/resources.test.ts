import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addTo,
  compareAmounts,
  containerResourceNameErrors,
  isWholeHugePages,
  largerOf,
  type ResourceList,
  resourceQuantityErrors,
  roundUpResources,
} from "./resources.ts";

const messages = (errors: readonly { readonly message: string }[]): string[] => errors.map(({ message }) => message);

describe("names that a container may ask for", () => {
  test.each(["cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "example.com/gpu"])("%s", (name) => {
    expect(containerResourceNameErrors(name, "r")).toEqual([]);
  });

  test.each(["pods", "storage", "gpu", "requests.example.com/gpu", "constructor", ""])("not %j", (name) => {
    expect(containerResourceNameErrors(name, "r")).not.toEqual([]);
  });
});

describe("amounts", () => {
  test("are not negative", () => {
    expect(messages(resourceQuantityErrors("cpu", "-1", "r"))).toEqual([
      'Invalid value: "-1": must be greater than or equal to 0',
    ]);
  });

  test("are whole where pieces are counted", () => {
    expect(messages(resourceQuantityErrors("example.com/gpu", "500m", "r"))).toEqual([
      'Invalid value: "500m": must be an integer',
    ]);
    expect(resourceQuantityErrors("example.com/gpu", "2", "r")).toEqual([]);
    expect(resourceQuantityErrors("cpu", "500m", "r")).toEqual([]);
  });

  test("are compared by what they are, not how they are written", () => {
    expect(compareAmounts("1024Mi", "1Gi")).toBe(0);
    expect(compareAmounts("0.5", "501m")).toBeLessThan(0);
  });

  test("of huge pages are multiples of a page", () => {
    expect(isWholeHugePages("hugepages-2Mi", "4Mi")).toBe(true);
    expect(isWholeHugePages("hugepages-2Mi", "3Mi")).toBe(false);
    expect(isWholeHugePages("hugepages-x", "2Mi")).toBe(false);
  });

  test("below a thousandth are rounded up", () => {
    const list: ResourceList = { cpu: "0.0001", memory: "1Gi" };
    roundUpResources(list);
    expect(list).toEqual({ cpu: "1m", memory: "1Gi" });
  });
});

test("sums grow, and the larger of two lists is no smaller than either", () => {
  const lists = fc.dictionary(
    fc.constantFrom("cpu", "memory", "example.com/a"),
    fc.constantFrom("0", "1", "500m", "2Gi"),
  );
  fc.assert(
    fc.property(lists, lists, (a, b) => {
      const sum: ResourceList = {};
      addTo(sum, a);
      addTo(sum, b);
      const larger = largerOf(a, b);
      for (const list of [a, b]) {
        for (const [name, amount] of Object.entries(list)) {
          expect(compareAmounts(larger[name] ?? "-1", amount)).toBeGreaterThanOrEqual(0);
          expect(compareAmounts(sum[name] ?? "-1", larger[name] ?? "0")).toBeGreaterThanOrEqual(0);
        }
      }
    }),
  );
});
