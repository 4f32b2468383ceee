import { type Deployment, type Pod, replacementCondition, type UpdatePolicy } from "@bulkhead/api";
import { expect, test } from "vitest";
import { unfollowed, wantsReplacement } from "./replacement.ts";
import type { Kinded } from "./workload.ts";

const pod = (status: string, owner = "ReplicaSet"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    namespace: "shop",
    name: "web-abc-1",
    labels: { "pod-template-hash": "abc" },
    ownerReferences: [{ apiVersion: "apps/v1", kind: owner, name: "web-abc", uid: "r", controller: true }],
  },
  spec: { containers: [] },
  status: { conditions: [{ type: replacementCondition, status }] },
});
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace: "shop", name: "web", labels: { app: "web" } },
  spec: { template: { spec: { containers: [{ name: "c", image: "r.example/shop/web:1" }] } } },
} as unknown as Deployment;
const policy = (app: string): UpdatePolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "UpdatePolicy",
  metadata: { namespace: "shop", name: "p" },
  spec: { tags: { semver: "^1" }, selector: { matchLabels: { app } } },
});
const find = (kind: string, name: string): Kinded | undefined =>
  kind === "Deployment" && name === "web" ? { kind, object: deployment } : undefined;

test("a pod asks to be replaced by its condition, while it is not going anyway", () => {
  expect([wantsReplacement(pod("True")), wantsReplacement(pod("False")), wantsReplacement(undefined)]).toEqual([
    true,
    false,
    false,
  ]);
  const going = pod("True");
  going.metadata.deletionTimestamp = "2026-11-21T12:00:00Z";
  expect(wantsReplacement(going)).toBe(false);
});

test("where a policy follows its Deployment there is nothing to say; elsewhere it is said why nothing comes", () => {
  expect(unfollowed(pod("True"), [policy("web")], find)).toBeUndefined();
  expect(unfollowed(pod("True"), [policy("other")], find)).toMatch(/no UpdatePolicy follows Deployment web/);
  expect(unfollowed(pod("True"), [], find)).toMatch(/no UpdatePolicy follows/);
  expect(unfollowed(pod("True", "StatefulSet"), [policy("web")], find)).toMatch(/this pod is of StatefulSet web-abc/);
});
