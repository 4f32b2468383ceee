import type { Deployment } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";
import { startFakeNode } from "./fake-node.ts";

let cluster: Cluster;
const stop = new AbortController();
const within = { timeout: 30_000, interval: 100 };

beforeAll(async () => {
  cluster = await startCluster({
    templateJudge: () => ({
      judge: (workload) =>
        workload.spec?.template?.spec?.containers[0]?.securityContext?.privileged === true
          ? [
              {
                field: "spec.template.spec.containers[0].securityContext.privileged",
                says: "privileged",
                passing: "false",
              },
            ]
          : [],
      onChange: () => undefined,
    }),
  });
  await startFakeNode(cluster.admin, cluster.clientFor("admin"), stop.signal);
});
afterAll(async () => {
  stop.abort();
  await cluster.close();
});

it("pods that admission refuses show in conditions and one event, and the fix takes them away", async () => {
  const namespace = "refused";
  await cluster.admin.create(resources.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "baseline" } },
  });
  const name = { namespace, name: "d" };
  const deployment: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: name,
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "a" } },
      template: {
        metadata: { labels: { app: "a" } },
        spec: { containers: [{ name: "c", image: "x", securityContext: { privileged: true } }] },
      },
    },
  };
  await cluster.admin.create(resources.deployments, deployment);
  const conditions = async () => {
    const { status } = await cluster.admin.get(resources.deployments, name);
    return Object.fromEntries((status?.conditions ?? []).map((one) => [one.type, `${one.status}/${one.reason ?? ""}`]));
  };
  await vi.waitFor(async () => {
    expect(await conditions()).toMatchObject({
      Admissible: "False/TemplateRefused",
      Available: "False/MinimumReplicasUnavailable",
      ReplicaFailure: "True/FailedCreate",
    });
  }, within);
  const [replicaSet] = (await cluster.admin.list(resources.replicaSets, { namespace })).items;
  const failure = replicaSet?.status?.conditions?.find((one) => one.type === "ReplicaFailure");
  expect(failure?.message).toContain('violates PodSecurity "baseline:latest": privileged');
  // The lane of events must have told it by now; a name that is new at each attempt makes messages differ.
  await vi.waitFor(async () => {
    const events = await cluster.admin.list(resources.events, { namespace });
    expect(events.items.some((one) => one.reason === "FailedCreate" && one.involvedObject.kind === "ReplicaSet")).toBe(
      true,
    );
  }, within);
  // By now it waits long between attempts; a namespace that allows more is noticed at once.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await cluster.admin.patch(resources.namespaces, { namespace: "", name: namespace }, "merge", {
    metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
  });
  await vi.waitFor(async () => expect((await conditions())["Available"]).toBe("True/MinimumReplicasAvailable"), within);
  await cluster.admin.patch(resources.deployments, name, "json", [
    { op: "remove", path: "/spec/template/spec/containers/0/securityContext/privileged" },
  ]);
  await vi.waitFor(async () => {
    expect(await conditions()).toEqual({
      Available: "True/MinimumReplicasAvailable",
      Progressing: "True/NewReplicaSetAvailable",
    });
  }, within);
});
