import type { Pod } from "@bulkhead/api";
import { expect, test } from "vitest";
import { Evaluation } from "../posture/evaluate.ts";
import type { Workload } from "../posture/workload.ts";
import { workloadsIn } from "../posture/workload.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import { hostPathsOf } from "./host-path.ts";
import { plainPath } from "./plain-path.ts";

const podWith = (path: string, readOnly: boolean): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "one", namespace: "shop" },
  spec: {
    containers: [{ name: "one", image: "one", volumeMounts: [{ name: "node", mountPath: "/x", readOnly }] }],
    volumes: [{ name: "node", hostPath: { path } }],
  },
});

const workloadOfPod = (pod: Pod): Workload | undefined =>
  new Evaluation({
    objects: new ObjectSet([pod]),
    controls: [],
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  }).ask((view) => workloadsIn(view)[0]);

const riskOf = (path: string, readOnly: boolean): string | undefined => {
  const workload = workloadOfPod(podWith(path, readOnly));
  return workload === undefined ? undefined : hostPathsOf(workload)[0]?.risk;
};

test.each([
  ["/var/run/../run//docker.sock/", "/run/docker.sock"],
  ["/", "/"],
  ["/../..", "/"],
  ["/var/running", "/var/running"],
])("%s is %s", (path, plain) => {
  expect(plainPath(path)).toBe(plain);
});

test.each([
  ["/", true, "root"],
  ["/run", true, "runtime-socket"],
  ["/run/k3s", true, "runtime-socket"],
  ["/run/user", false, "other"],
  ["/opt/x/containerd.sock", true, "runtime-socket"],
  ["/var", true, "state"],
  ["/var/lib/kubelet/pods", true, "state"],
  ["/var/lib/kubelet/plugins/x", false, "other"],
  ["/var/lib/shop", false, "other"],
  ["/etc", true, "configuration"],
  ["/etc/passwd", true, "configuration"],
  ["/etc/hosts", true, "other"],
  ["/home/ann/.ssh", true, "configuration"],
  ["/dev/nvme0n1p1", true, "devices"],
  ["/dev/net/tun", false, "other"],
  ["/proc/sys", false, "kernel"],
  ["/proc", true, "other"],
  ["/lib/modules", false, "programs"],
  ["/lib/modules", true, "other"],
  ["/var/log/pods", false, "logs"],
  ["/var/log", true, "other"],
  ["/srv", false, "other"],
])("%s, read-only: %s, is of risk %s", (path, readOnly, risk) => {
  expect(riskOf(path, readOnly)).toBe(risk);
});
