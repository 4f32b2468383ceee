import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "@bulkhead/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCriClient } from "../src/index.ts";
import { type AgentRig, isOver, isReady, isRunning, script, startAgent, waits } from "./rig/agent.ts";
import { lacking } from "./rig/containerd.ts";

const why = lacking();

describe.skipIf(why !== undefined)(
  `restarts of what stands around pods${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let rig: AgentRig;
    beforeAll(async () => {
      rig = await startAgent();
    });
    afterAll(() => rig.close());

    const idOf = (pod: Pod | undefined): string | undefined => pod?.status?.containerStatuses?.[0]?.containerID;

    const startedAt = async (id: string | undefined): Promise<[number, string]> => {
      const cri = createCriClient({ socket: rig.containerd.socket });
      const answer = await cri.call("ContainerStatus", {
        containerId: (id ?? "").replace("containerd://", ""),
        verbose: true,
      });
      cri.close();
      const { pid } = JSON.parse(answer.info["info"] ?? "{}") as { pid: number };
      return [answer.status?.startedAt ?? 0, readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[21] ?? ""];
    };

    const ready = {
      volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
      containers: [
        {
          ...script(`touch /tmp/ready; ${waits}`),
          volumeMounts: [{ name: "token", mountPath: "/token" }],
          readinessProbe: {
            exec: { command: ["/bin/cat", "/tmp/ready", "/token/token"] },
            periodSeconds: 1,
            timeoutSeconds: 10,
          },
        },
      ],
      restartPolicy: "Always",
    };

    test("of the agent leave containers, their processes, their readiness alone, and bring their rules back", async () => {
      const made = rig.pod("steady", ready);
      const before = await rig.api.until("shop", "steady", isReady);
      const process = await startedAt(idOf(before));
      const seen: (string | undefined)[] = [];
      await rig.agent.close();
      rig.links.length = 0;
      await rig.restartAgent();
      const probe = rig.pod("after", {});
      await rig.api.until("shop", "after", (pod) => {
        const steady = rig.api.get<Pod>("pods", "shop", "steady");
        seen.push(steady?.status?.conditions?.find(({ type }) => type === "Ready")?.status);
        return isRunning(pod);
      });
      const after = rig.api.get<Pod>("pods", "shop", "steady");
      expect(idOf(after)).toBe(idOf(before));
      expect(await startedAt(idOf(after))).toEqual(process);
      expect(new Set(seen)).toEqual(new Set(["True"]));
      expect(rig.links.map(({ uid }) => uid)).toContain(made.metadata.uid);
      expect(after?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
      await rig.gone(probe.metadata.name ?? "");
      await rig.gone("steady");
    });

    test("of the agent while the API is away touch nothing", async () => {
      rig.pod("orphan", {});
      const before = await rig.api.until("shop", "orphan", isRunning);
      const process = await startedAt(idOf(before));
      await rig.agent.close();
      rig.api.away = true;
      const restarted = rig.restartAgent();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await startedAt(idOf(before))).toEqual(process);
      rig.api.away = false;
      await restarted;
      expect(await startedAt(idOf(before))).toEqual(process);
      await rig.gone("orphan");
    });

    test("what the API forgot meanwhile ends, and folders of unknown pods go", async () => {
      const made = rig.pod("forgotten", {});
      await rig.api.until("shop", "forgotten", isRunning);
      await rig.agent.close();
      await rig.api.client.delete(
        { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true },
        { namespace: "shop", name: "forgotten" },
      );
      const left = join(rig.root, "pods", "left-by-a-killed-agent");
      mkdirSync(join(left, "volumes"), { recursive: true });
      await rig.restartAgent();
      const cri = createCriClient({ socket: rig.containerd.socket });
      const ofPod = { filter: { labelSelector: { "io.kubernetes.pod.uid": made.metadata.uid ?? "" } } };
      await expect
        .poll(async () => (await cri.call("ListPodSandbox", ofPod)).items.length, { timeout: 60_000 })
        .toBe(0);
      await expect.poll(() => existsSync(left), { timeout: 20_000 }).toBe(false);
      expect(rig.removed).toContain(made.metadata.uid);
      cri.close();
    });

    test("an agent that dies in the middle of a birth is finished by the next", async () => {
      let stuck = true;
      await rig.restartAgent({
        podRules: { ensure: () => (stuck ? new Promise(() => {}) : Promise.resolve()), remove: async () => {} },
      });
      rig.pod("halfway", {});
      const cri = createCriClient({ socket: rig.containerd.socket });
      const sandboxes = async () =>
        (await cri.call("ListPodSandbox", {})).items.filter(({ metadata }) => metadata?.name === "halfway");
      await expect.poll(async () => (await sandboxes()).length, { timeout: 30_000 }).toBe(1);
      stuck = false;
      await rig.restartAgent();
      await rig.api.until("shop", "halfway", isRunning);
      expect(await sandboxes()).toHaveLength(1);
      await rig.gone("halfway");
      expect(await sandboxes()).toHaveLength(0);
      cri.close();
    });

    test("of containerd leave pods alone, and the agent goes on with it", async () => {
      rig.pod("survivor", ready);
      const before = await rig.api.until("shop", "survivor", isReady);
      const process = await startedAt(idOf(before));
      await rig.containerd.restart();
      expect(await startedAt(idOf(before))).toEqual(process);
      rig.pod("later", { containers: [script("exit 0")] });
      await rig.api.until("shop", "later", isOver);
      expect(idOf(rig.api.get<Pod>("pods", "shop", "survivor"))).toBe(idOf(before));
      await rig.gone("later");
      await rig.gone("survivor");
    });

    test("a sandbox that died is made anew, and its pod with it", async () => {
      rig.pod("phoenix", { restartPolicy: "Always" });
      const before = await rig.api.until("shop", "phoenix", isRunning);
      const cri = createCriClient({ socket: rig.containerd.socket });
      const { items } = await cri.call("ListPodSandbox", {});
      const sandbox = items.find(({ metadata }) => metadata?.name === "phoenix");
      await cri.call("StopPodSandbox", { podSandboxId: sandbox?.id ?? "" });
      const after = await rig.api.until("shop", "phoenix", (pod) => isRunning(pod) && idOf(pod) !== idOf(before));
      expect(after?.status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0);
      expect(after?.status?.podIP).toMatch(/^10\.251\./);
      cri.close();
      await rig.gone("phoenix");
    });

    test("a power cut: everything comes back, with new addresses and the same data", async () => {
      rig.api.put("secrets", {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "keys", namespace: "shop" },
        data: { pin: "MTIzNA==" },
      } as never);
      const made = rig.pod("reborn", {
        restartPolicy: "Always",
        volumes: [
          { name: "keys", secret: { secretName: "keys" } },
          { name: "disk", emptyDir: {} },
        ],
        containers: [
          {
            ...script(`cat /keys/pin; echo run >> /disk/runs; cat /disk/runs /etc/hosts; ${waits}`),
            volumeMounts: [
              { name: "keys", mountPath: "/keys" },
              { name: "disk", mountPath: "/disk" },
            ],
          },
        ],
      });
      rig.pod("done", { containers: [script("echo result; exit 0")] });
      const before = await rig.api.until("shop", "reborn", isRunning);
      await rig.api.until("shop", "done", isOver);
      await rig.agent.close();
      await rig.containerd.reboot(rig.cgroupRoot);
      rig.links.length = 0;
      await rig.restartAgent();
      const after = await rig.api.until("shop", "reborn", (pod) => isRunning(pod) && idOf(pod) !== idOf(before));
      expect(after?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: {} } });
      expect(rig.links.map(({ ips }) => ips[0])).toContain(after?.status?.podIP);
      const log = join(rig.root, "logs", `shop_reborn_${made.metadata.uid}`, "c0/1.log");
      await expect
        .poll(() => readFileSync(log, "utf8"), { timeout: 60_000 })
        .toContain(`${after?.status?.podIP}\treborn`);
      expect(rig.logOf(made, "c0", 1)).toMatch(/^1234run\nrun\n/);
      expect(rig.api.get<Pod>("pods", "shop", "done")?.status?.phase).toBe("Succeeded");
      await rig.gone("reborn");
      await rig.gone("done");
    });

    test("deleted while it is born, a pod goes without a trace", async () => {
      const made = rig.pod("brief", { volumes: [{ name: "d", emptyDir: {} }] });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await rig.gone("brief");
      expect(existsSync(join(rig.root, "pods", made.metadata.uid ?? ""))).toBe(false);
      const cri = createCriClient({ socket: rig.containerd.socket });
      const { items } = await cri.call("ListPodSandbox", {});
      expect(items.filter(({ metadata }) => metadata?.name === "brief")).toEqual([]);
      cri.close();
    });
  },
);
