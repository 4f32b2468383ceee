import type { KubeObject, PodSpec } from "@bulkhead/api";
import {
  closedNodePolicy,
  type NodePolicy,
  NodePolicyError,
  normaliseExceptions,
  normaliseImages,
  normalisePodSecurity,
} from "@bulkhead/policy";
import { expect, test } from "vitest";
import type { AdmissionRequest } from "./admission.ts";
import { pullSecretsFor } from "./pull-secrets.ts";
import { workloadJudge } from "./workload-judge.ts";

const exceptions = normaliseExceptions([], 0);
const namespaces = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "open" } } as const];
const deciders = {
  podSecurity: normalisePodSecurity({ namespaces, exceptions, defaults: "privileged" }),
  images: normaliseImages({
    namespaces,
    exceptions,
    policies: [
      {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "ImageTrustPolicy",
        metadata: { name: "all" },
        spec: { allow: [{ registry: "*", repositories: ["*"] }] },
      },
    ],
  }),
};

const spec: PodSpec = { hostPID: true, containers: [{ name: "c", image: "a.example/x" }] };
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { template: { spec } },
};
const pod = (metadata: KubeObject["metadata"]) => ({ apiVersion: "v1", kind: "Pod", metadata, spec });

/** The warnings of one write. */
async function warnings(
  object: KubeObject,
  nodePolicy: NodePolicy | NodePolicyError | undefined,
  more: Partial<AdmissionRequest> = {},
): Promise<string[]> {
  const said: string[] = [];
  const resource = object.kind === "Pod" ? { group: "", resource: "pods" } : { group: "apps", resource: "deployments" };
  const request = {
    operation: "CREATE",
    resource,
    subresource: "",
    namespace: "open",
    name: object.metadata.name ?? "",
    object,
    warn: (text: string) => said.push(text),
    annotate: () => undefined,
    ...more,
  } as unknown as AdmissionRequest;
  await workloadJudge({
    deciders,
    nodePolicy: () => nodePolicy,
    now: () => 0,
    sources: {
      known: () => undefined,
      pullSecrets: pullSecretsFor({ get: () => undefined, open: ({ bytes }) => bytes }),
    },
  }).validate?.(request);
  return said;
}

test("what the node will refuse is told when the template is written, with field and command", async () => {
  expect(await warnings(deployment, closedNodePolicy)).toEqual([
    expect.stringMatching(
      /^spec\.template\.spec\.hostPID: .*to allow it for a while: bulkhead allow node privileged-namespace open --reason/,
    ),
    expect.stringMatching(/^spec\.template\.spec\.containers\[0\]\.image: .*bulkhead allow node registry a\.example/),
  ]);
});

test("nothing where the node allows it, or its policy is not known", async () => {
  const open: NodePolicy = { ...closedNodePolicy, privilegedNamespaces: ["open"], registries: ["a.example"] };
  expect(await warnings(deployment, open)).toEqual([]);
  expect(await warnings(deployment, undefined)).toEqual([]);
});

test("a policy that cannot be read is what the node will say", async () => {
  const damaged = new NodePolicyError("syntax", "", "is no JSON");
  expect(await warnings(deployment, damaged)).toEqual([expect.stringContaining("the node starts no pod")]);
});

test("a pod on its own is judged, a controller's is not: nobody reads that answer", async () => {
  expect(await warnings(pod({ name: "p" }), closedNodePolicy)).toHaveLength(2);
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u", controller: true }];
  expect(await warnings(pod({ name: "p", ownerReferences }), closedNodePolicy)).toEqual([]);
  expect(await warnings(pod({ name: "p" }), closedNodePolicy, { operation: "UPDATE" })).toEqual([]);
  expect(await warnings(deployment, closedNodePolicy, { subresource: "status" })).toEqual([]);
});
