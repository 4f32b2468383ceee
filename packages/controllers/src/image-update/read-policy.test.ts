import type { UpdatePolicySpec } from "@bulkhead/api";
import { parseImageReference } from "@bulkhead/policy";
import { expect, it } from "vitest";
import { readPolicy } from "./read-policy.ts";

const read = (spec: Partial<UpdatePolicySpec>, annotations: Record<string, string> = {}) =>
  readPolicy({
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "UpdatePolicy",
    metadata: { name: "p", namespace: "n", annotations },
    spec: { tags: { semver: "^1" }, ...spec },
  });

it.each<[string, Partial<UpdatePolicySpec>, RegExp]>([
  ["no rule", { tags: {} }, /exactly one of/],
  ["two rules", { tags: { semver: "^1", digestOf: "stable" } }, /exactly one of/],
  ["a range that is none", { tags: { semver: ">>1" } }, /">>1" is no range/],
  ["an unknown zone", { windows: [{ from: "00:00", to: "01:00", timeZone: "Moon/Base" }] }, /time zone/],
  ["an image pattern that is none", { images: ["r.example/*/web"] }, /spec.images/],
  ["a selector that is none", { selector: { matchExpressions: [{ key: "a", operator: "Like" }] } }, /spec.selector/],
])("%s updates nothing and says why", (_, spec, why) => {
  expect(read(spec)).toEqual({ problem: expect.stringMatching(why) });
});

it("defaults, units and patterns", () => {
  expect(read({})).toMatchObject({ cooldown: 72 * 3_600_000, soak: 600_000, approval: "Automatic", unknown: "Wait" });
  expect(read({ cooldown: "2d", soak: "30s" })).toMatchObject({ cooldown: 172_800_000, soak: 30_000 });
  const policy = read({ images: ["r.example/shop/*"] });
  if ("problem" in policy) throw new Error(policy.problem);
  expect(policy.follows(parseImageReference("r.example/shop/web:1"))).toBe(true);
  expect(policy.follows(parseImageReference("r.example/other:1"))).toBe(false);
  expect(policy.selector.matches({ any: "label" })).toBe(true);
});

it("marks that are none count for nothing", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const policy = read(
    {},
    {
      "security.bulkhead.dev/update-approved": `x=2026-01-01T00:00:00Z ${digest} ${digest}=soon ${digest}0=2026-01-01T00:00:00Z`,
    },
  );
  if ("problem" in policy) throw new Error(policy.problem);
  expect(policy.approved.has(digest)).toBe(false);
});
