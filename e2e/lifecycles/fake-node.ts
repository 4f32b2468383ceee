import type { Lease, Pod } from "@bulkhead/api";
import { type Client, createInformer, hasReason, resources } from "@bulkhead/client";

const name = "node-1";

/** A node of 4 cores on which pods run at once. `fake/ready: "no"` keeps a pod unready, `fake/unready-image` one whose image holds that text, `fake/exit` ends its containers, `fake/linger` is how many ms they take to end. */
export async function startFakeNode(client: Client, node: Client, signal: AbortSignal): Promise<void> {
  await client.create(resources.nodes, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
  });
  const capacity = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "20Gi" };
  const time = now();
  await client.patch(
    resources.nodes,
    { namespace: "", name },
    "merge",
    {
      status: {
        capacity,
        allocatable: capacity,
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            message: "fake",
            lastHeartbeatTime: time,
            lastTransitionTime: time,
          },
        ],
      },
    },
    { subresource: "status" },
  );
  const lease = (): Lease => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-node-lease" },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: new Date().toISOString().replace("Z", "000Z") },
  });
  const renewal = setInterval(() => {
    client
      .patch(resources.leases, { namespace: "kube-node-lease", name }, "apply", lease(), {
        fieldManager: "fake",
        force: true,
      })
      .catch((error: unknown) => console.error("fake node: lease", error));
  }, 5_000);
  signal.addEventListener("abort", () => clearInterval(renewal), { once: true });
  let addresses = 0;
  const started = new Set<string>();
  const pods = createInformer({
    client: node,
    resource: resources.pods,
    fieldSelector: `spec.nodeName=${name}`,
    signal,
  });
  pods.onChange((pod) => {
    if (pod === undefined) return;
    step(pod).catch((error: unknown) => {
      if (!signal.aborted && !hasReason(error, "NotFound", "Conflict"))
        console.error("fake node:", pod.metadata.name, error);
    });
  });
  await pods.synced;

  async function step(pod: Pod): Promise<void> {
    const at = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" };
    const uid = pod.metadata.uid ?? "";
    if (pod.metadata.deletionTimestamp !== undefined) {
      const linger = Number(pod.metadata.annotations?.["fake/linger"] ?? "0");
      if (linger > 0) await new Promise((resolve) => setTimeout(resolve, linger));
      await heard(() => node.delete(resources.pods, at, { gracePeriodSeconds: 0, preconditions: { uid } }));
      return;
    }
    if (started.has(uid)) return;
    started.add(uid);
    const ip = `10.244.0.${++addresses}`;
    await writeStatus(at, (current) => running(current, ip));
    const exit = pod.metadata.annotations?.["fake/exit"];
    if (exit === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await writeStatus(at, (current) => ended(current, Number(exit)));
  }

  async function writeStatus(
    at: { readonly namespace: string; readonly name: string },
    next: (pod: Pod) => Pod["status"],
  ): Promise<void> {
    for (;;) {
      try {
        const current = await heard(() => node.get(resources.pods, at));
        await heard(() =>
          node.update(resources.pods, { ...current, status: next(current) }, { subresource: "status" }),
        );
        return;
      } catch (error) {
        if (!hasReason(error, "Conflict")) throw error;
      }
    }
  }

  /** As a kubelet does: what the API server, away for a moment, did not hear is said again. */
  async function heard<T>(say: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await say();
      } catch (error) {
        if (signal.aborted || !hasReason(error, "ServiceUnavailable")) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

function running(pod: Pod, ip: string): Pod["status"] {
  const time = now();
  const unready = pod.metadata.annotations?.["fake/unready-image"];
  const broken = unready !== undefined && pod.spec?.containers.some(({ image }) => image?.includes(unready) === true);
  const ready = pod.metadata.annotations?.["fake/ready"] !== "no" && broken !== true;
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? "True" : "False",
    lastTransitionTime: time,
  });
  return {
    ...pod.status,
    phase: "Running",
    podIP: ip,
    podIPs: [{ ip }],
    startTime: time,
    conditions: [
      condition("PodReadyToStartContainers", true),
      condition("Initialized", true),
      condition("Ready", ready),
      condition("ContainersReady", ready),
      condition("PodScheduled", true),
    ],
    containerStatuses: (pod.spec?.containers ?? []).map((container) => ({
      name: container.name,
      image: container.image ?? "",
      imageID: "x",
      containerID: "x://1",
      ready,
      started: true,
      restartCount: 0,
      lastState: {},
      state: { running: { startedAt: time } },
    })),
  };
}

function ended(pod: Pod, exitCode: number): Pod["status"] {
  return {
    ...pod.status,
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    containerStatuses: (pod.status?.containerStatuses ?? []).map((container) => ({
      ...container,
      ready: false,
      started: false,
      state: { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error" } },
    })),
  };
}
