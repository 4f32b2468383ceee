import type { KubeObject } from "@bulkhead/api";
import type { ResourceRegistry } from "../resources/registry.ts";
import type { DefaultsMode } from "../resources/services.ts";
import { type AdmissionPlugin, isCore } from "./admission.ts";
import { systemObject } from "./system-object.ts";

const enforce = "pod-security.kubernetes.io/enforce";

export interface NamespaceDefaultsOptions {
  readonly registry: ResourceRegistry;
  readonly mode: DefaultsMode;
  /** Address of the cluster's DNS. */
  readonly clusterDns: string;
  /** PEM, for ConfigMap kube-root-ca.crt; "" where there is none. */
  readonly rootCa: string;
  readonly now: () => number;
}

type Draft = readonly [resource: string, object: KubeObject];

const account = (namespace: string): Draft => [
  "serviceaccounts",
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
];

const rootCaMap = (namespace: string, rootCa: string): Draft => [
  "configmaps",
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kube-root-ca.crt", namespace },
    data: { "ca.crt": rootCa },
  } as KubeObject,
];

const policy = (namespace: string, name: string, spec: object): Draft => [
  "networkpolicies",
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec } as KubeObject,
];

/** What a new namespace holds from its first moment, as objects that anyone may look at and change. */
export function namespaceObjects(
  namespace: string,
  options: Omit<NamespaceDefaultsOptions, "registry" | "now">,
): Draft[] {
  const objects = [account(namespace)];
  if (options.rootCa !== "") objects.push(rootCaMap(namespace, options.rootCa));
  if (options.mode === "kubernetes") return objects;
  return [
    ...objects,
    policy(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    policy(namespace, "allow-dns", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [{ ipBlock: { cidr: `${options.clusterDns}/32` } }],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    }),
  ];
}

/** A namespace, its pod security, its network policies and its account are one commit: it is never open in between. */
export const namespaceDefaults = (options: NamespaceDefaultsOptions): AdmissionPlugin => ({
  name: "NamespaceDefaults",
  mutate: (request) => {
    if (request.operation !== "CREATE" || !isCore(request, "namespaces") || options.mode === "kubernetes") return;
    const { metadata } = request.object as KubeObject;
    if (metadata.labels?.[enforce] === undefined) metadata.labels = { ...metadata.labels, [enforce]: "restricted" };
  },
  validate: (request) => {
    if (request.operation !== "CREATE" || !isCore(request, "namespaces") || request.subresource !== "") return;
    for (const [resource, object] of namespaceObjects(request.name, options))
      request.alsoWrite(systemObject(options.registry, resource, object, options.now()));
  },
});
