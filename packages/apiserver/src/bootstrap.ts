import { isDeepStrictEqual } from "node:util";
import {
  type CustomResourceDefinition,
  type KubeObject,
  type Log,
  reportDefinitions,
  securityApiVersion,
  securityDefinitions,
  securityGroup,
} from "@bulkhead/api";
import type { Put, Store } from "@bulkhead/store";
import { formatAddress, parseRange } from "./admission/cidr.ts";
import { namespaceObjects } from "./admission/namespace-defaults.ts";
import { systemObject } from "./admission/system-object.ts";
import { peek } from "./resources/object-bytes.ts";
import type { ResourceRegistry } from "./resources/registry.ts";
import type { DefaultsMode } from "./resources/services.ts";
import { putOf } from "./resources/stored-write.ts";

export interface BootstrapOptions {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly log: Log;
  readonly mode: DefaultsMode;
  readonly serviceCidr: string;
  readonly clusterDns: string;
  readonly rootCa: string;
  readonly now: () => number;
}

const systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

const enforce = "pod-security.kubernetes.io/enforce";

const namespace = (name: string, mode: DefaultsMode): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, ...(mode === "bulkhead" ? { labels: { [enforce]: "restricted" } } : {}) },
});

/** The namespaces that every cluster has, each with what a new namespace holds. Those that exist are left as they are. */
export async function createSystemNamespaces(options: BootstrapOptions): Promise<void> {
  const { store, registry, now } = options;
  for (const name of systemNamespaces) {
    if (store.get({ group: "", resource: "namespaces", namespace: "", name }) !== undefined) continue;
    const writes: Put[] = [systemObject(registry, "namespaces", namespace(name, options.mode), now())];
    for (const [resource, object] of namespaceObjects(name, options))
      writes.push(systemObject(registry, resource, object, now()));
    await store.commit({ writes });
    options.log.info({ namespace: name }, "system namespace created");
  }
}

/** Service kubernetes.default: the API's own address, the first of the Services' range. */
export async function createOwnService(options: BootstrapOptions): Promise<void> {
  const { store, registry, now } = options;
  const key = { group: "", resource: "services", namespace: "default", name: "kubernetes" };
  if (store.get(key) !== undefined) return;
  const address = formatAddress(parseRange(options.serviceCidr).first + 1);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: address,
      clusterIPs: [address],
      ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: 6443 }],
    },
  } as unknown as KubeObject;
  await store.commit({ writes: [systemObject(registry, "services", service, now())] });
}

const managedBy = "app.kubernetes.io/managed-by";

/** Our own kinds are custom resources: their definitions are written, and brought up to date where they changed. */
export async function createOwnDefinitions({ store, registry, now, log }: BootstrapOptions): Promise<void> {
  const kind = registry.stored("apiextensions.k8s.io", "customresourcedefinitions");
  if (kind === undefined) return;
  const isOurs = ({ metadata }: KubeObject): boolean => metadata.labels?.[managedBy] === "bulkhead";
  for (const definition of [...securityDefinitions, ...reportDefinitions]) {
    const name = definition.metadata.name ?? "";
    const current = store.get({ group: kind.resource.group, resource: kind.resource.resource, namespace: "", name });
    const fresh = systemObject(registry, kind.resource.resource, definition, now());
    if (current === undefined) {
      await store.commit({ writes: [fresh] });
      log.info({ definition: name }, "own definition created");
      continue;
    }
    const known = peek<CustomResourceDefinition>(current);
    // Kinds that others define too are left to whoever defined them last.
    if (definition.spec.group !== securityGroup && !isOurs(known)) continue;
    const wanted = structuredClone(definition);
    kind.resource.row.defaults(wanted);
    if (isDeepStrictEqual(wanted.spec, known.spec)) continue;
    const next = { ...structuredClone(known), spec: wanted.spec };
    await store.commit({ writes: [putOf(kind.resource, next, current.revision)] });
    log.info({ definition: name }, "own definition brought up to date");
  }
}

/** In kubernetes mode every image may run, and an object says so. */
export async function createOpenTrust({ store, registry, mode, now }: BootstrapOptions): Promise<void> {
  if (mode !== "kubernetes" || registry.stored(securityGroup, "imagetrustpolicies") === undefined) return;
  const name = "all-images";
  const key = { group: securityGroup, resource: "imagetrustpolicies", namespace: "", name };
  if (store.get(key) !== undefined) return;
  const policy = {
    apiVersion: securityApiVersion,
    kind: "ImageTrustPolicy",
    metadata: { name },
    spec: { allow: [{ registry: "*", repositories: ["*"] }], mode: "Enforce" },
  } as unknown as KubeObject;
  await store.commit({ writes: [systemObject(registry, "imagetrustpolicies", policy, now())] });
}
