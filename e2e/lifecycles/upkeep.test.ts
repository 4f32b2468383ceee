import type { ConfigMap, Deployment, KubeObject, Pod } from "@bulkhead/api";
import { createInformer, hasReason, type Resource, resourceOf, resources } from "@bulkhead/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";
import { startFakeNode } from "./fake-node.ts";

let cluster: Cluster;
const stop = new AbortController();

beforeAll(async () => {
  cluster = await startCluster();
  await startFakeNode(cluster.admin, cluster.clientFor("admin"), stop.signal);
});
afterAll(async () => {
  stop.abort();
  await cluster.close();
});

const within = { timeout: 20_000, interval: 50 };

const deployment = (namespace: string, annotations: Record<string, string> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "a" } },
    template: {
      metadata: { labels: { app: "a" }, annotations },
      spec: { containers: [{ name: "c", image: "example.com/app:1" }] },
    },
  },
});

const configMap = (namespace: string, name: string, more: Partial<ConfigMap["metadata"]> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace, name, ...more },
});

async function makeNamespace(name: string): Promise<string> {
  await cluster.admin.create(resources.namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}

async function running(namespace: string): Promise<void> {
  await vi.waitFor(async () => {
    const pods = await cluster.admin.list(resources.pods, { namespace });
    expect(pods.items.filter((pod) => pod.status?.phase === "Running")).toHaveLength(2);
  }, within);
}

/** The revision at which each object went, in the order of going. */
async function deaths(
  namespace: string,
  ...kinds: readonly Resource<KubeObject>[]
): Promise<Array<readonly [string, number]>> {
  const dead: Array<readonly [string, number]> = [];
  for (const resource of kinds) {
    const informer = createInformer({ client: cluster.admin, resource, namespace, signal: stop.signal });
    await informer.synced;
    informer.onChange((current, previous) => {
      if (current === undefined && previous !== undefined)
        dead.push([resource.kind, Number(previous.metadata.resourceVersion)]);
    });
  }
  return dead;
}

const order = (dead: ReadonlyArray<readonly [string, number]>): string[] =>
  dead.toSorted(([, a], [, b]) => a - b).map(([kind]) => kind);

const anyKind = <T extends KubeObject>(resource: Resource<T>) => resource as unknown as Resource<KubeObject>;

async function gone<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<void> {
  await vi.waitFor(async () => {
    const found = await cluster.admin.get(resource, { namespace, name }).catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
    expect(found).toBeUndefined();
  }, within);
}

describe("deletion of a namespace", () => {
  it("ends pods before the policies, accounts and workloads around them, and says what holds it", async () => {
    const namespace = await makeNamespace("ordered");
    await cluster.admin.create(resources.networkPolicies, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "deny", namespace },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
    await cluster.admin.create(
      resources.configMaps,
      configMap(namespace, "held", { finalizers: ["example.com/hold"] }),
    );
    await cluster.admin.create(resources.deployments, deployment(namespace, { "fake/linger": "800" }));
    await running(namespace);
    const dead = await deaths(
      namespace,
      anyKind(resources.pods),
      anyKind(resources.networkPolicies),
      anyKind(resources.serviceAccounts),
      anyKind(resources.deployments),
    );
    await cluster.admin.delete(resources.namespaces, { namespace: "", name: namespace });
    await vi.waitFor(() => expect(dead).toHaveLength(5), within);
    expect(order(dead).slice(0, 2)).toEqual(["Pod", "Pod"]);
    await vi.waitFor(async () => {
      const { status } = await cluster.admin.get(resources.namespaces, { namespace: "", name: namespace });
      expect(status?.phase).toBe("Terminating");
      expect(
        status?.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]),
      ).toEqual([
        ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"],
        [
          "NamespaceDeletionGroupVersionParsingFailure",
          "False",
          "ParsedGroupVersions",
          "All legacy kube types successfully parsed",
        ],
        [
          "NamespaceDeletionContentFailure",
          "False",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ],
        [
          "NamespaceContentRemaining",
          "True",
          "SomeResourcesRemain",
          "Some resources are remaining: configmaps. has 1 resource instances",
        ],
        [
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
        ],
      ]);
    }, within);
    await cluster.admin.patch(resources.configMaps, { namespace, name: "held" }, "merge", {
      metadata: { finalizers: null },
    });
    await gone(resources.namespaces, "", namespace);
  });
});

describe("garbage collection", () => {
  it("keeps the owner of a foreground deletion until all below it are gone", async () => {
    const namespace = await makeNamespace("foreground");
    await cluster.admin.create(resources.deployments, deployment(namespace, { "fake/linger": "300" }));
    await running(namespace);
    const dead = await deaths(
      namespace,
      anyKind(resources.pods),
      anyKind(resources.replicaSets),
      anyKind(resources.deployments),
    );
    await cluster.admin.delete(resources.deployments, { namespace, name: "d" }, { propagationPolicy: "Foreground" });
    await vi.waitFor(() => expect(dead).toHaveLength(4), within);
    expect(order(dead)).toEqual(["Pod", "Pod", "ReplicaSet", "Deployment"]);
  });

  it("follows kinds that are defined while it runs", async () => {
    const namespace = await makeNamespace("defined");
    const definitions = resourceOf({
      group: "apiextensions.k8s.io",
      version: "v1",
      resource: "customresourcedefinitions",
      kind: "CustomResourceDefinition",
      namespaced: false,
    });
    await cluster.admin.create(definitions, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "owners.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "owners", singular: "owner", kind: "Owner", listKind: "OwnerList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    } as KubeObject);
    const owners = resourceOf({
      group: "example.com",
      version: "v1",
      resource: "owners",
      kind: "Owner",
      namespaced: true,
    });
    const owner = await vi.waitFor(
      () =>
        cluster.admin.create(owners, {
          apiVersion: "example.com/v1",
          kind: "Owner",
          metadata: { namespace, name: "o" },
        }),
      within,
    );
    const reference = { apiVersion: "example.com/v1", kind: "Owner", name: "o", uid: owner.metadata.uid ?? "" };
    await cluster.admin.create(resources.configMaps, configMap(namespace, "child", { ownerReferences: [reference] }));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await cluster.admin.get(resources.configMaps, { namespace, name: "child" })).metadata.name).toBe("child");
    await cluster.admin.delete(owners, { namespace, name: "o" });
    await gone(resources.configMaps, namespace, "child");
  });

  it("drops the reference to one owner of two, and calls an owner in another namespace none", async () => {
    const namespace = await makeNamespace("two-owners");
    const first = await cluster.admin.create(resources.configMaps, configMap(namespace, "first"));
    const second = await cluster.admin.create(resources.configMaps, configMap(namespace, "second"));
    const elsewhere = await makeNamespace("elsewhere");
    const refer = (one: ConfigMap) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: one.metadata.name ?? "",
      uid: one.metadata.uid ?? "",
    });
    await cluster.admin.create(
      resources.configMaps,
      configMap(namespace, "child", { ownerReferences: [refer(first), refer(second)] }),
    );
    await cluster.admin.create(
      resources.configMaps,
      configMap(elsewhere, "stranger", { ownerReferences: [refer(second)] }),
    );
    await gone(resources.configMaps, elsewhere, "stranger");
    await cluster.admin.delete(resources.configMaps, { namespace, name: "first" });
    await vi.waitFor(async () => {
      const child = await cluster.admin.get(resources.configMaps, { namespace, name: "child" });
      expect(child.metadata.ownerReferences?.map((one) => one.name)).toEqual(["second"]);
    }, within);
  });
});

describe("a restart of the controllers", () => {
  it("changes nothing where all is as it should be", async () => {
    const namespace = await makeNamespace("restart");
    await cluster.admin.create(resources.services, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name: "web" },
      spec: { selector: { app: "a" }, ports: [{ port: 80 }] },
    });
    await cluster.admin.create(resources.deployments, deployment(namespace));
    await running(namespace);
    const versions = async () => {
      const kinds = [
        resources.pods,
        resources.replicaSets,
        resources.deployments,
        resources.endpoints,
        resources.endpointSlices,
        resources.configMaps,
        resources.serviceAccounts,
      ];
      const lists = await Promise.all(
        kinds.map((kind) => cluster.admin.list(anyKind<KubeObject>(kind as Resource<Pod>), { namespace })),
      );
      return lists.flatMap((list) =>
        list.items.map((item) => `${item.kind}/${item.metadata.name ?? ""}@${item.metadata.resourceVersion ?? ""}`),
      );
    };
    let before = await versions();
    for (let last: string[] = []; last.join() !== before.join(); ) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      last = before;
      before = await versions();
    }
    await cluster.restartControllers();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await versions()).toEqual(before);
    // They do work: a pod that is taken away comes back.
    const [pod] = (await cluster.admin.list(resources.pods, { namespace })).items;
    await cluster.admin.delete(resources.pods, { namespace, name: pod?.metadata.name ?? "" });
    await gone(resources.pods, namespace, pod?.metadata.name ?? "");
    await running(namespace);
  });
});

describe("a restart of the API server", () => {
  it("is outlived: what is asked for afterwards is done", async () => {
    const namespace = await makeNamespace("outlived");
    await cluster.admin.create(resources.deployments, deployment(namespace));
    await running(namespace);
    await cluster.restartServer(300);
    await cluster.admin.patch(resources.deployments, { namespace, name: "d" }, "merge", { spec: { replicas: 5 } });
    await vi.waitFor(async () => {
      const { status } = await cluster.admin.get(resources.deployments, { namespace, name: "d" });
      const pods = await cluster.admin.list(resources.pods, { namespace });
      // Who is late shows: pods that are not there, not bound, or not said to run.
      const phases = pods.items.map((pod) => `${pod.spec?.nodeName ?? "unbound"} ${pod.status?.phase ?? ""}`);
      expect({ phases, available: status?.availableReplicas }).toEqual({
        phases: Array.from({ length: 5 }, () => "node-1 Running"),
        available: 5,
      });
    }, within);
  });
});
