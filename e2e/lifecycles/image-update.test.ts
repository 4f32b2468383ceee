import { createHash } from "node:crypto";
import {
  type Deployment,
  securityDefinitions,
  securityGroup,
  type UpdatePolicy,
  type UpdatePolicySpec,
  updateApprovedAnnotation,
  updateCheckAnnotation,
  updateRetryAnnotation,
} from "@bulkhead/api";
import { hasReason, resourceOf, resources } from "@bulkhead/client";
import type { ImageUpdatePorts, Judgement } from "@bulkhead/controllers";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";
import { startFakeNode } from "./fake-node.ts";

/** A registry in which only tags are made up: each tag's digest comes from its text. */
const repository = "registry.example/web";
const digestOf = (tag: string): string => `sha256:${createHash("sha256").update(tag).digest("hex")}`;
const pinned = (tag: string): string => `${repository}:${tag}@${digestOf(tag)}`;
let tags: string[] = [];
let judged: (tag: string) => Judgement;
let asked = 0;
/** Holds back what the registry answers. */
let gate: Promise<void> | undefined;
const askedOf = new Set<string>();
const clean: Judgement = {
  verdict: "good",
  says: "clean",
  findings: { before: 1, after: 0 },
  fixes: [{ id: "CVE-2026-1", package: "zlib 1.2", severity: "high" }],
  security: true,
};

const ports: ImageUpdatePorts = {
  tags: {
    tags: async ({ repository: name }) => {
      asked++;
      askedOf.add(name);
      const answer = tags;
      await gate;
      return answer;
    },
    digest: ({ tag }) => Promise.resolve(digestOf(tag ?? "")),
  },
  judge: {
    judge: ({ candidate }) => Promise.resolve(judged(candidate.tag ?? "")),
    listed: (_, { repository: name }) => name !== "unlisted",
    renew: () => undefined,
    onChange: () => undefined,
  },
};

const updatePolicies = resourceOf<UpdatePolicy>({
  group: securityGroup,
  version: "v1alpha1",
  resource: "updatepolicies",
  kind: "UpdatePolicy",
  namespaced: true,
});

let cluster: Cluster;
const stop = new AbortController();
const within = { timeout: 40_000, interval: 100 };

beforeAll(async () => {
  cluster = await startCluster({ imageUpdate: { ports: () => ports, checkEvery: 1_000 } });
  await startFakeNode(cluster.admin, cluster.clientFor("admin"), stop.signal);
});
afterAll(async () => {
  stop.abort();
  await cluster.close();
});
beforeEach(() => {
  tags = ["1.0.0"];
  judged = () => clean;
});

const deployment = (namespace: string, more: Partial<Deployment["metadata"]> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace, ...more },
  spec: {
    replicas: 8,
    progressDeadlineSeconds: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" }, annotations: { "fake/unready-image": ":1.9." } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          { name: "web", image: `${repository}:1.0.0` },
          { name: "side", image: "registry.example/side:7" },
        ],
      },
    },
  },
});

async function begin(
  namespace: string,
  spec: Partial<UpdatePolicySpec> = {},
  metadata: Partial<Deployment["metadata"]> = {},
): Promise<void> {
  await cluster.admin.create(resources.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  await cluster.admin.create(resources.deployments, deployment(namespace, metadata), {
    fieldManager: "kubectl-create",
  });
  await vi.waitFor(async () => expect((await workload(namespace)).status?.availableReplicas).toBe(8), within);
  await cluster.admin.create(updatePolicies, {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "UpdatePolicy",
    metadata: { name: "web", namespace },
    spec: { images: [repository], tags: { semver: "^1" }, soak: "2s", ...spec },
  });
}

const workload = (namespace: string) => cluster.admin.get(resources.deployments, { namespace, name: "web" });
const status = async (namespace: string) =>
  (await cluster.admin.get(updatePolicies, { namespace, name: "web" })).status ?? {};
const images = async (namespace: string) =>
  (await workload(namespace)).spec?.template.spec?.containers.map(({ image }) => image);
const reason = async (namespace: string) => (await status(namespace)).workloads?.map((one) => one.reason);
const annotate = (namespace: string, annotations: Record<string, string>) =>
  cluster.admin.patch(updatePolicies, { namespace, name: "web" }, "merge", { metadata: { annotations } });
const eventReasons = async (namespace: string) =>
  (await cluster.admin.list(resources.events, { namespace })).items
    .filter((event) => event.source?.component === "image-update-controller")
    .map((event) => `${event.involvedObject.kind} ${event.reason ?? ""}`);
/** Ready pods of each image, at every change, the fewest first. */
async function readyPods(namespace: string): Promise<number> {
  const pods = (await cluster.admin.list(resources.pods, { namespace })).items;
  return pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.status?.conditions?.some((one) => one.type === "Ready" && one.status === "True"),
  ).length;
}

it("its definition is served with a status", () => {
  expect(
    securityDefinitions.find((one) => one.spec.names.kind === "UpdatePolicy")?.spec.versions[0]?.subresources,
  ).toEqual({ status: {} });
});

it("a new tag goes out by one replica, then everywhere, with no pod less at any time, and leaves only its image behind", async () => {
  // Each of its two soaks is long enough to be looked at.
  await begin("rolls", { soak: "4s" });
  await vi.waitFor(async () => expect(await reason("rolls")).toEqual(["UpToDate"]), within);
  const strategy = (await workload("rolls")).spec?.strategy;
  tags = ["1.0.0", "1.1.0", "2.0.0"];
  const phases = new Set<string>();
  const newAtPause = new Set<number>();
  await vi.waitFor(async () => {
    const { rollout, history } = await status("rolls");
    if (rollout !== undefined) phases.add(rollout.phase);
    if (rollout?.phase === "FirstSoak") {
      const one = await workload("rolls");
      if (one.spec?.paused === true) newAtPause.add(one.status?.updatedReplicas ?? 0);
    }
    expect(await readyPods("rolls")).toBeGreaterThanOrEqual(8);
    expect(history).toHaveLength(1);
  }, within);
  expect([...phases]).toEqual(expect.arrayContaining(["FirstSoak", "Everywhere", "LastSoak"]));
  expect([...newAtPause]).toEqual([1]);
  const done = await workload("rolls");
  expect(await images("rolls")).toEqual([pinned("1.1.0"), "registry.example/side:7"]);
  expect(done.spec?.strategy).toEqual(strategy);
  expect(done.spec?.paused).toBeUndefined();
  expect(done.metadata.annotations).toMatchObject({
    "security.bulkhead.dev/image-update-policy": "web",
    "security.bulkhead.dev/image-update-from": `${repository}:1.0.0`,
    "security.bulkhead.dev/image-update-to": pinned("1.1.0"),
    "security.bulkhead.dev/image-update-why": expect.stringContaining("CVE-2026-1"),
  });
  const own = done.metadata.managedFields?.find(
    (one) => one.manager === "bulkhead-image-update" && one.operation === "Apply",
  );
  expect(own?.fieldsV1).toMatchObject({
    "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"web"}': { "f:image": {} } } } } },
  });
  const { "f:spec": owned = {} } = (own?.fieldsV1 ?? {}) as { "f:spec"?: object };
  expect(Object.keys(owned)).toEqual(["f:template"]);
  expect(done.metadata.managedFields?.some((one) => one.manager === "bulkhead-image-update-stage")).toBe(false);
  expect((await status("rolls")).history?.[0]).toMatchObject({
    outcome: "Finished",
    workload: "Deployment/web",
    from: `${repository}:1.0.0`,
    to: pinned("1.1.0"),
    summary: expect.stringContaining("fixes CVE-2026-1 (high, zlib 1.2)"),
  });
  await vi.waitFor(async () => {
    expect(await eventReasons("rolls")).toEqual(
      expect.arrayContaining([
        "Deployment ImageUpdateStarted",
        "Deployment ImageUpdateFirstReplica",
        "Deployment ImageUpdateEverywhere",
        "Deployment ImageUpdateFinished",
        "UpdatePolicy ImageUpdateFinished",
      ]),
    );
  }, within);
  await vi.waitFor(async () => expect(await reason("rolls")).toEqual(["UpToDate"]), within);
});

it("init containers and sidecars follow as main containers do, one after the other, and none loses its image", async () => {
  const namespace = "inits";
  const image = `${repository}:1.0.0`;
  await cluster.admin.create(resources.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const one = deployment(namespace);
  const pod = {
    terminationGracePeriodSeconds: 0,
    initContainers: [
      { name: "migrate", image },
      { name: "proxy", image, restartPolicy: "Always" },
    ],
    containers: [{ name: "web", image }],
  };
  const template = { metadata: { labels: { app: "web" } }, spec: pod };
  await cluster.admin.create(
    resources.deployments,
    { ...one, spec: { ...one.spec, replicas: 2, selector: { matchLabels: { app: "web" } }, template } },
    { fieldManager: "kubectl-create" },
  );
  await vi.waitFor(async () => expect((await workload(namespace)).status?.availableReplicas).toBe(2), within);
  await cluster.admin.create(updatePolicies, {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "UpdatePolicy",
    metadata: { name: "web", namespace },
    spec: { images: [repository], tags: { semver: "^1" }, soak: "1s" },
  });
  tags = ["1.0.0", "1.1.0"];
  await vi.waitFor(async () => expect((await status(namespace)).history).toHaveLength(3), within);
  const { history = [] } = await status(namespace);
  expect(new Set(history.map(({ container, outcome }) => `${container} ${outcome}`))).toEqual(
    new Set(["web Finished", "migrate Finished", "proxy Finished"]),
  );
  const done = (await workload(namespace)).spec?.template.spec;
  const named = [...(done?.initContainers ?? []), ...(done?.containers ?? [])];
  expect(named.map(({ name, image: is }) => [name, is])).toEqual(
    ["migrate", "proxy", "web"].map((name) => [name, pinned("1.1.0")]),
  );
  expect(done?.initContainers?.[1]?.restartPolicy).toBe("Always");
});

it("one that never gets ready is taken back, its old pods never went, and it is not tried again until a person says so", async () => {
  await begin("bad");
  const uids = async () =>
    new Set((await cluster.admin.list(resources.pods, { namespace: "bad" })).items.map((pod) => pod.metadata.uid));
  const old = await uids();
  tags = ["1.0.0", "1.9.0"];
  await vi.waitFor(async () => {
    expect(await readyPods("bad")).toBe(8);
    expect((await status("bad")).history).toHaveLength(1);
  }, within);
  const after = await status("bad");
  expect(after.history?.[0]).toMatchObject({
    outcome: "RolledBack",
    message: expect.stringContaining("no new pod was ready"),
  });
  expect(after.bad).toMatchObject([
    { digest: digestOf("1.9.0"), tag: "1.9.0", repository, workload: "Deployment/web" },
  ]);
  expect(await images("bad")).toEqual([`${repository}:1.0.0`, "registry.example/side:7"]);
  expect((await workload("bad")).spec?.paused).toBeUndefined();
  await vi.waitFor(async () => {
    expect(await uids()).toEqual(old);
  }, within);
  await vi.waitFor(async () => expect(await reason("bad")).toEqual(["KnownBad"]), within);
  await vi.waitFor(async () => expect(await eventReasons("bad")).toContain("Deployment ImageUpdateFailed"), within);
  // Asked again and again, it stays away; a good one above or below it does not.
  const before = asked;
  await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 2), within);
  expect((await status("bad")).history).toHaveLength(1);
  tags = ["1.0.0", "1.9.0", "1.8.0"];
  await vi.waitFor(async () => expect((await status("bad")).history?.[0]?.to).toBe(pinned("1.8.0")), within);
  await vi.waitFor(async () => expect(await reason("bad")).toEqual(["KnownBad"]), within);
  await annotate("bad", {
    [updateRetryAnnotation]: `${digestOf("1.9.0")}=${new Date(Date.now() + 1_000).toISOString()}`,
  });
  await vi.waitFor(async () => expect((await status("bad")).rollout?.to.tag).toBe("1.9.0"), within);
  await vi.waitFor(async () => expect((await status("bad")).history).toHaveLength(3), within);
  expect((await status("bad")).bad).toHaveLength(1);
});

it("survives a restart of the controllers in the middle of a soak", async () => {
  await begin("restart", { soak: "8s" });
  tags = ["1.0.0", "1.1.0"];
  await vi.waitFor(async () => expect((await status("restart")).rollout?.phase).toBe("FirstSoak"), within);
  await cluster.restartControllers();
  await vi.waitFor(async () => expect((await status("restart")).history?.[0]?.outcome).toBe("Finished"), within);
  expect((await images("restart"))?.[0]).toBe(pinned("1.1.0"));
});

it("waits for a person, for a scan, and for its cooldown, and says so", async () => {
  judged = (tag) =>
    tag === "1.3.0" ? { verdict: "unknown", says: "no scanner" } : { ...clean, security: tag !== "1.2.0" };
  await begin("waits", { approval: "Required" });
  tags = ["1.0.0", "1.3.0"];
  await annotate("waits", { [updateCheckAnnotation]: new Date().toISOString() });
  await vi.waitFor(async () => expect(await reason("waits")).toEqual(["NotScanned"]), within);
  tags = ["1.0.0", "1.2.0"];
  await vi.waitFor(async () => expect(await reason("waits")).toEqual(["CoolingDown"]), within);
  tags = ["1.0.0", "1.1.0"];
  await vi.waitFor(async () => expect(await reason("waits")).toEqual(["ApprovalWanted"]), within);
  expect((await images("waits"))?.[0]).toBe(`${repository}:1.0.0`);
  await vi.waitFor(
    async () => expect(await eventReasons("waits")).toContain("UpdatePolicy ImageUpdateAwaitsApproval"),
    within,
  );
  await annotate("waits", { [updateApprovedAnnotation]: `${digestOf("1.1.0")}=${new Date().toISOString()}` });
  await vi.waitFor(async () => expect((await status("waits")).history?.[0]?.outcome).toBe("Finished"), within);
});

it("who asks for a look gets one that began later, and is told when it is over, whatever the policy says", async () => {
  await begin("asks", { approval: "Required" });
  await vi.waitFor(async () => expect(await reason("asks")).toEqual(["UpToDate"]), within);
  const before = asked;
  let letThrough = (): void => undefined;
  gate = new Promise((resolve) => (letThrough = resolve));
  try {
    // A look that is under way has its answer from before.
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before), within);
    tags = ["1.0.0", "1.4.0"];
    await annotate("asks", { [updateCheckAnnotation]: "2026-11-22T10:00:00.001Z" });
  } finally {
    gate = undefined;
    letThrough();
  }
  const heard = await vi.waitFor(async () => {
    const found = await status("asks");
    expect(found.check).toBe("2026-11-22T10:00:00.001Z");
    return found;
  }, within);
  expect(heard.workloads?.[0]?.candidate?.tag).toBe("1.4.0");
  const later = "2026-11-22T10:00:00.002Z";
  await annotate("asks", { [updateCheckAnnotation]: later });
  await cluster.admin.patch(updatePolicies, { namespace: "asks", name: "web" }, "merge", {
    spec: { tags: { semver: "no range" } },
  });
  await vi.waitFor(async () => expect(await reason("asks")).toEqual(["BadPolicy"]), within);
  expect((await status("asks")).check).toBe(later);
});

it("a registry that nobody lists is not asked", async () => {
  await begin("unlisted", { images: ["registry.example/unlisted"] });
  await cluster.admin.patch(resources.deployments, { namespace: "unlisted", name: "web" }, "strategic", {
    spec: { template: { spec: { containers: [{ name: "web", image: "registry.example/unlisted:1.0.0" }] } } },
  });
  tags = ["1.0.0", "1.1.0"];
  await vi.waitFor(async () => expect(await reason("unlisted")).toEqual(["Refused"]), within);
  expect(askedOf).not.toContain("unlisted");
});

it("a workload of Helm's is never patched; when the change arrives from its owner it is watched to its end", async () => {
  await begin("owned", {}, { labels: { "app.kubernetes.io/managed-by": "Helm" } });
  tags = ["1.0.0", "1.1.0"];
  await vi.waitFor(async () => expect(await reason("owned")).toEqual(["OwnedByOther"]), within);
  const before = await workload("owned");
  const asks = asked;
  await vi.waitFor(() => expect(asked).toBeGreaterThan(asks + 2), within);
  expect((await workload("owned")).metadata.generation).toBe(before.metadata.generation);
  await cluster.admin.patch(resources.deployments, { namespace: "owned", name: "web" }, "strategic", {
    spec: { template: { spec: { containers: [{ name: "web", image: `${repository}:1.1.0` }] } } },
  });
  await vi.waitFor(async () => expect((await status("owned")).history?.[0]?.outcome).toBe("Finished"), within);
  const managers = (await workload("owned")).metadata.managedFields?.map(({ manager }) => manager);
  expect(managers?.some((manager) => manager?.startsWith("bulkhead-image-update"))).toBe(false);
});

it("a policy that is deleted in the middle leaves nothing paused", async () => {
  await begin("taken", { soak: "60s" });
  tags = ["1.0.0", "1.1.0"];
  await vi.waitFor(async () => expect((await workload("taken")).spec?.paused).toBe(true), within);
  await vi.waitFor(async () => expect((await status("taken")).rollout?.phase).toBe("FirstSoak"), within);
  await cluster.admin.delete(updatePolicies, { namespace: "taken", name: "web" });
  await vi.waitFor(async () => {
    const { spec, status: now } = await workload("taken");
    expect(spec?.paused).toBeUndefined();
    expect(spec?.strategy?.rollingUpdate?.maxSurge).toBe("25%");
    expect(now?.updatedReplicas).toBe(8);
  }, within);
  await expect(cluster.admin.get(updatePolicies, { namespace: "taken", name: "web" })).rejects.toSatisfy((error) =>
    hasReason(error, "NotFound"),
  );
});
