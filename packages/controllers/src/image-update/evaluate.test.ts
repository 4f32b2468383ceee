import type { Deployment, UpdatePolicy } from "@bulkhead/api";
import { expect, test } from "vitest";
import { followedOf } from "./evaluate.ts";
import { readPolicy } from "./read-policy.ts";

const patched = `1-patched.${"a".repeat(12)}.${"b".repeat(8)}`;

test.each([
  ["its own name", "r.example/base/web:1", true],
  ["what it was patched from", `own.example/shop/patched/r.example/base/web:${patched}`, true],
  ["another's", `own.example/shop/patched/q.example/base/web:${patched}`, false],
  ["a place that only looks so", "own.example/shop/patched/r.example/base/web:1", false],
])("an image is followed by %s", (_, image, yes) => {
  const policy: UpdatePolicy = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "UpdatePolicy",
    metadata: { name: "p", namespace: "shop" },
    spec: { images: ["r.example/base/*"], tags: { semver: "*" } },
  };
  const object: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { selector: {}, template: { metadata: {}, spec: { containers: [{ name: "web", image }] } } },
  };
  const read = readPolicy(policy);
  if ("problem" in read) throw new Error(read.problem);
  const followed = followedOf(read, [{ kind: "Deployment", object }], [], () => undefined);
  expect(followed.map(({ text }) => text)).toEqual(yes ? [image] : []);
});
