import { type Lease, type Node, type NodeStatus, StatusError } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { architecture, statusOf } from "./node-status.ts";
import type { NodeOptions } from "./options.ts";

const leaseEvery = 10_000;
const leaseSeconds = 40;
const lookEvery = 10_000;
/** However little changed, the status is told this often. */
const tellEvery = 300_000;
/** So many failures are told (the fifth comes after some six seconds). */
const patience = 5;

/** Leaves times out: they change always and mean nothing. */
const essence = (status: NodeStatus): string =>
  JSON.stringify({
    ...status,
    conditions: status.conditions?.map(({ type, status: is, reason, message }) => [type, is, reason, message]),
  });

/** Registers the node and keeps its lease and status fresh until the signal aborts. */
export function startNode(options: NodeOptions): {
  readonly registered: Promise<void>;
  readonly closed: Promise<void>;
} {
  const { client, log, now, signal, nodeName } = options;
  let node: Node | undefined;
  let lease: Lease | undefined;
  let told = "";
  let toldAt = 0;

  const nap = (milliseconds: number): Promise<void> => {
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", end));
  };

  async function register(): Promise<void> {
    const wanted: Node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: nodeName,
        labels: {
          "kubernetes.io/hostname": nodeName,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": architecture,
          "beta.kubernetes.io/os": "linux",
          "beta.kubernetes.io/arch": architecture,
          ...options.labels,
        },
      },
      spec: options.podCidrs.length === 0 ? {} : { podCIDR: options.podCidrs[0], podCIDRs: [...options.podCidrs] },
    };
    try {
      node = await client.create(resources.nodes, { ...wanted, status: await statusOf(options, undefined) });
      options.events.event(node, "Normal", "Starting", "Starting kubelet.");
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === "AlreadyExists")) throw error;
      node = await client.patch(resources.nodes, { namespace: "", name: nodeName }, "strategic", {
        metadata: { labels: wanted.metadata.labels },
      });
    }
  }

  async function tell(): Promise<void> {
    const status = await statusOf(options, node?.status);
    const is = essence(status);
    if (is === told && now() - toldAt < tellEvery) return;
    const wasReady = node?.status?.conditions?.find(({ type }) => type === "Ready")?.status;
    const patch = { status: { ...status, addresses: [{ $patch: "replace" }, ...(status.addresses ?? [])] } };
    const answer = await client.patch(resources.nodes, { namespace: "", name: nodeName }, "strategic", patch, {
      subresource: "status",
    });
    told = is;
    toldAt = now();
    node = answer;
    const ready = status.conditions?.find(({ type }) => type === "Ready")?.status;
    if (ready !== wasReady) {
      options.events.event(
        answer,
        "Normal",
        ready === "True" ? "NodeReady" : "NodeNotReady",
        `Node ${nodeName} status is now: ${ready === "True" ? "NodeReady" : "NodeNotReady"}`,
      );
    }
  }

  async function renew(): Promise<void> {
    const name = { namespace: "kube-node-lease", name: nodeName };
    const renewTime = new Date(now()).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime };
    try {
      lease ??= await client.get(resources.leases, name);
      lease = await client.update(resources.leases, { ...lease, spec: { ...lease.spec, ...spec } });
    } catch (error) {
      lease = undefined;
      if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
      const owner =
        node?.metadata.uid === undefined
          ? {}
          : { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: node.metadata.uid }] };
      lease = await client.create(resources.leases, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { ...name, ...owner },
        spec,
      });
    }
  }

  const { promise: registered, resolve } = Promise.withResolvers<void>();

  async function untilDone(what: string, work: () => Promise<void>): Promise<void> {
    for (let wait = 200, failures = 1; !signal.aborted; wait = Math.min(wait * 2, 7000), failures++) {
      try {
        await work();
        return;
      } catch (error) {
        // A server that starts just now is no trouble; one that stays away is, and is told once.
        if (failures === patience) log.warn({ error: String(error) }, `${what} fails again and again: trying on`);
        else log.debug({ error: String(error) }, `${what} failed: trying again`);
        // A node that was deleted meanwhile is registered anew.
        if (error instanceof StatusError && error.reason === "NotFound") node = undefined;
        await nap(wait);
      }
    }
  }

  const once = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ error: String(error) }, `${what} failed`);
      if (error instanceof StatusError && error.reason === "NotFound")
        await untilDone("registering the node", register);
    }
  };

  const closed = (async () => {
    await untilDone("registering the node", register);
    await once("node status", tell);
    resolve();
    await Promise.all([
      (async () => {
        while (!signal.aborted) {
          await once("node lease", renew);
          await nap(leaseEvery);
        }
      })(),
      (async () => {
        while (!signal.aborted) {
          await nap(lookEvery);
          if (!signal.aborted) await once("node status", tell);
        }
      })(),
    ]);
  })();
  return { registered, closed };
}
