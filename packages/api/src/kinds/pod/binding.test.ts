import { expect, test } from "vitest";
import type { Binding } from "../../generated/types.ts";
import { StatusError } from "../../status.ts";
import { bindPod, validateBinding } from "./binding.ts";
import { makePod } from "./make-pod.ts";

const now = "2026-01-01T00:00:00Z";
const binding = (parts: Partial<Binding> = {}): Binding => ({
  apiVersion: "v1",
  kind: "Binding",
  metadata: { name: "p" },
  target: { kind: "Node", name: "node-1" },
  ...parts,
});
const free = (): ReturnType<typeof makePod> => makePod({ spec: { nodeName: "" } });

test("a bound pod has its node and says when it got it; the pod itself is not changed", () => {
  const pod = free();
  const bound = bindPod(pod, binding(), now);
  expect(bound.spec?.nodeName).toBe("node-1");
  expect(bound.status?.conditions).toEqual([
    { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: now },
  ]);
  expect(pod.spec?.nodeName).toBeUndefined();
});

test("annotations come over, of labels only the place in the world", () => {
  const metadata = { annotations: { a: "b" }, labels: { "topology.kubernetes.io/zone": "z", other: "no" } };
  const bound = bindPod(free(), binding({ metadata }), now);
  expect(bound.metadata.annotations).toEqual({ a: "b" });
  expect(bound.metadata.labels).toEqual({ "topology.kubernetes.io/zone": "z" });
});

test.each([
  ["has a node already", makePod(), 'already assigned to node "node"'],
  ["is being deleted", makePod({ metadata: { deletionTimestamp: now }, spec: { nodeName: "" } }), "is being deleted"],
  ["is held", makePod({ spec: { nodeName: "", schedulingGates: [{ name: "g" }] } }), "non-empty .spec.schedulingGates"],
  ["is another", makePod({ metadata: { uid: "u1" }, spec: { nodeName: "" } }), "UID in precondition: u2"],
])("a pod that %s is refused", (_why, pod, message) => {
  const metadata = { name: "p", ...(pod.metadata.uid === undefined ? {} : { uid: "u2" }) };
  const attempt = (): unknown => bindPod(pod, binding({ metadata }), now);
  expect(attempt).toThrow(StatusError);
  expect(attempt).toThrow(message);
});

test("a binding names a node", () => {
  expect(validateBinding(binding())).toEqual([]);
  const errors = validateBinding(binding({ target: { kind: "Pod", name: "" } }));
  expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
    'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    "target.name: Required value",
  ]);
});
