import type { Namespace, ResponsePolicy, ResponsePolicySpec } from "@bulkhead/api";
import { expect, test } from "vitest";
import { evaluateResponse, normaliseResponses, type ResponseQuestion } from "./response.ts";

const policy = (name: string, spec: ResponsePolicySpec): ResponsePolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ResponsePolicy",
  metadata: { name },
  spec,
});
const shop: Namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { tier: "front" } } };
const asked: ResponseQuestion = {
  namespace: "shop",
  labels: { app: "web" },
  hostNetwork: false,
  controlled: true,
  signal: "ProgramNotInImage",
  value: "/tmp/x",
};
const ask = (policies: readonly ResponsePolicy[], more: Partial<ResponseQuestion> = {}) =>
  evaluateResponse(normaliseResponses({ policies, namespaces: [shop] }), { ...asked, ...more });
const all = (action: "Ignore" | "Tell" | "Isolate" | "Replace" | "Stop", more: Partial<ResponsePolicySpec> = {}) =>
  policy(action.toLowerCase(), { mode: "Enforce", rules: [{ signals: ["ProgramNotInImage"], action }], ...more });

test("without a policy a signal is told; a policy that is for others or for other signals has no word on it", () => {
  expect(ask([]).decision).toBe("Tell");
  expect(ask([all("Stop", { podSelector: { matchLabels: { app: "db" } } })]).because[0]?.rule).toBe("no-policy");
  expect(ask([all("Stop")], { signal: "UndeclaredListener", value: "1/TCP" }).decision).toBe("Tell");
  expect(ask([all("Stop", { namespaceSelector: { matchLabels: { tier: "back" } } })]).decision).toBe("Tell");
});

test("dry run is the default: it tells what it would do; the first rule that fits counts", () => {
  const dry = policy("dry", { rules: [{ signals: ["ProgramNotInImage"], action: "Stop" }] });
  expect(ask([dry])).toMatchObject({ decision: "Tell", wanted: "Stop" });
  expect(ask([dry, all("Isolate")])).toMatchObject({ decision: "Isolate", wanted: "Stop" });
  const cache = policy("cache", {
    mode: "Enforce",
    rules: [
      { signals: ["ProgramNotInImage"], action: "Ignore", values: ["/var/cache/*"] },
      { signals: ["ProgramNotInImage"], action: "Isolate" },
    ],
  });
  expect(ask([cache], { value: "/var/cache/plugin" }).decision).toBe("Ignore");
  expect(ask([cache], { value: "/var/cachet" }).decision).toBe("Isolate");
});

test("the policy that asks for more counts; ignoring needs everyone", () => {
  expect(ask([all("Ignore"), all("Isolate")]).decision).toBe("Isolate");
  expect(ask([all("Ignore")]).decision).toBe("Ignore");
  expect(ask([all("Replace"), all("Stop")]).because.map(({ object }) => object?.name)).toEqual(["stop", "replace"]);
});

test("what cannot or must not be done is said, and told instead", () => {
  expect(ask([all("Stop")], { namespace: "kube-system" })).toMatchObject({ decision: "Tell", wanted: "Stop" });
  expect(ask([all("Isolate")], { hostNetwork: true }).because[0]?.rule).toBe("host-network");
  expect(ask([all("Stop")], { gone: true })).toMatchObject({ decision: "Tell", because: [{ rule: "gone" }, {}] });
  expect(ask([all("Replace")], { controlled: false }).decision).toBe("Isolate");
  expect(ask([all("Replace")], { controlled: false, hostNetwork: true }).decision).toBe("Tell");
});

test("a policy that cannot be read stops nobody", () => {
  const broken = all("Stop", { podSelector: { matchExpressions: [{ key: "a", operator: "Nonsense" }] } });
  expect(ask([broken]).decision).toBe("Tell");
});
