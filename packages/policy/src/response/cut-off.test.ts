import { type Exception, isolatedCondition, type Pod, stoppedCondition } from "@bulkhead/api";
import { expect, test } from "vitest";
import { normaliseExceptions } from "../exception/exceptions.ts";
import { cutOff } from "./cut-off.ts";

const pod = (type: string, status = "True", spec: Partial<Pod["spec"]> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: "web", uid: "u" },
  spec: { containers: [], ...spec },
  status: { conditions: [{ type, status }] },
});
const back: Exception = {
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: "back" },
  spec: {
    decider: "network",
    rule: "isolated",
    subject: { kind: "Pod", name: "web" },
    reason: "looked into",
    author: "alice",
    expires: "2030-01-01T00:00:00Z",
  },
};
const none = normaliseExceptions([], 0);
const some = normaliseExceptions([back], 0);

test("a stopped pod and an isolated one are cut off, and nobody else", () => {
  expect(cutOff(pod(stoppedCondition), none)).toBe("stopped");
  expect(cutOff(pod(isolatedCondition), none)).toBe("isolated");
  expect(cutOff(pod(isolatedCondition, "False"), none)).toBeUndefined();
  expect(cutOff(pod("Ready"), none)).toBeUndefined();
  expect(cutOff(pod(isolatedCondition, "True", { hostNetwork: true }), none)).toBeUndefined();
});

test("an Exception lets an isolated pod back, and never a stopped one", () => {
  expect(cutOff(pod(isolatedCondition), some)).toBeUndefined();
  expect(cutOff(pod(stoppedCondition), some)).toBe("stopped");
});
