import type { Pod, PodSpec } from "@bulkhead/api";
import { expect, test } from "vitest";
import { admissionKey, mayCall } from "./admission-key.ts";

const pod = (spec: Partial<PodSpec> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { containers: [{ name: "a", image: "i" }], ...spec },
});
const container = (more: object): Partial<PodSpec> => ({ containers: [{ name: "a", image: "i", ...more }] });

test.each<[string, Partial<PodSpec>]>([
  ["a volume", { volumes: [{ name: "v", hostPath: { path: "/" } }] }],
  ["the host's network", { hostNetwork: true }],
  ["the host's processes", { hostPID: true }],
  ["the host's users", { hostUsers: true }],
  ["the pod's security context", { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }],
  ["a container's security context", container({ securityContext: { privileged: true } })],
  ["an image", container({ image: "j" })],
  ["a mount", container({ volumeMounts: [{ name: "v", mountPath: "/h" }] })],
  ["a probe", container({ livenessProbe: { httpGet: { port: 80, host: "169.254.169.254" } } })],
  ["a hook", container({ lifecycle: { preStop: { httpGet: { port: 80, host: "127.0.0.1" } } } })],
  ["a port of the host", container({ ports: [{ containerPort: 80, hostPort: 80 }] })],
  ["an ephemeral container", { ephemeralContainers: [{ name: "e", image: "i" }] }],
])("%s that comes later is judged anew", (_, spec) => {
  expect(admissionKey(pod(spec))).not.toBe(admissionKey(pod()));
});

test.each<[string, Partial<PodSpec>]>([
  ["resources", container({ resources: { limits: { cpu: "1" } } })],
  ["tolerations", { tolerations: [{ operator: "Exists" }] }],
  ["a deadline", { activeDeadlineSeconds: 5 }],
])("%s give a pod nothing that must be judged", (_, spec) => {
  expect(admissionKey(pod(spec))).toBe(admissionKey(pod()));
});

test("a probe or hook that names a host waits for the deciders; others do not", () => {
  const here = pod(container({ livenessProbe: { httpGet: { port: 80 } } }));
  const allowed = (of: Pod) => ({ state: "allowed", key: admissionKey(of) }) as const;
  expect(mayCall(here, undefined)).toBe(true);
  for (const more of [
    { readinessProbe: { tcpSocket: { port: 80, host: "127.0.0.1" } } },
    { lifecycle: { preStop: { httpGet: { port: 80, host: "169.254.169.254" } } } },
  ]) {
    const elsewhere = pod(container(more));
    expect(mayCall(elsewhere, undefined)).toBe(false);
    expect(mayCall(elsewhere, allowed(here))).toBe(false);
    expect(mayCall(elsewhere, { state: "refused", key: admissionKey(elsewhere), reason: "", message: "", at: 0 })).toBe(
      false,
    );
    expect(mayCall(elsewhere, allowed(elsewhere))).toBe(true);
  }
});
