import type { Pod, Service } from "@bulkhead/api";
import { expect, test } from "vitest";
import { declaredPorts, signalsOf } from "./judge.ts";

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: "web", labels: { app: "web" } },
  spec: {
    containers: [
      {
        name: "web",
        ports: [{ name: "http", containerPort: 8080 }],
        livenessProbe: { httpGet: { port: 8081 } },
        readinessProbe: { tcpSocket: { port: "http" } },
      },
    ],
  },
};
const service = (selector: Record<string, string>, targetPort: number | string): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name: "web" },
  spec: { selector, ports: [{ port: 80, targetPort }] },
});

test("ports are declared by containers, probes and the Services in front", () => {
  const declared = declaredPorts(pod, [
    service({ app: "web" }, 9000),
    service({ app: "web" }, "http"),
    service({ app: "db" }, 5432),
    service({}, 6000),
  ]);
  expect([...declared].toSorted((a, b) => a - b)).toEqual([8080, 8081, 9000]);
});

test("each thing that nothing accounts for is one signal with the value that policies name", () => {
  const signals = signalsOf(
    pod,
    "web",
    {
      programs: [
        { path: "/tmp/x", origin: "volume", mount: "/tmp" },
        { path: "/usr/bin/nc", origin: "written" },
        { path: "memfd:kworker", origin: "memory" },
        { path: "/usr/bin/old", origin: "deleted" },
      ],
      libraries: [{ path: "/tmp/x.so", origin: "nowhere" }],
      listeners: [
        { protocol: "TCP", port: 8080, address: "0.0.0.0" },
        { protocol: "TCP", port: 4444, address: "0.0.0.0" },
        { protocol: "UDP", port: 5353, address: "0.0.0.0" },
        { protocol: "UDP", port: 40_000, address: "0.0.0.0" },
      ],
      changed: ["/etc/passwd"],
    },
    declaredPorts(pod, []),
  );
  expect(signals.map(({ signal, value }) => `${signal} ${value}`)).toEqual([
    "ProgramNotInImage /tmp/x",
    "ProgramNotInImage /usr/bin/nc",
    "ProgramInMemory memfd:kworker",
    "ProgramInMemory /usr/bin/old",
    "LibraryNotInImage /tmp/x.so",
    "UndeclaredListener 4444/TCP",
    "UndeclaredListener 5353/UDP",
    "SystemFileChanged /etc/passwd",
  ]);
});

test("in the host's network everybody listens, and nothing is said of it", () => {
  const host = { ...pod, spec: { containers: [], ...pod.spec, hostNetwork: true } };
  const listeners = [{ protocol: "TCP", port: 22, address: "0.0.0.0" }] as const;
  expect(signalsOf(host, "web", { programs: [], libraries: [], listeners }, new Set())).toEqual([]);
});

test("from which ports the kernel gives to whoever asks somebody by UDP, a pod says for itself", () => {
  const listeners = [{ protocol: "UDP", port: 2000, address: "0.0.0.0" }] as const;
  const signals = (spec: Pod["spec"]): number =>
    signalsOf({ ...pod, spec }, "web", { programs: [], libraries: [], listeners }, new Set()).length;
  const sysctl = (value: string) => ({
    containers: [],
    securityContext: { sysctls: [{ name: "net.ipv4.ip_local_port_range", value }] },
  });
  expect(signals(sysctl("1024 4096"))).toBe(0);
  expect(signals(sysctl("4096 8192"))).toBe(1);
  expect(signals(sysctl("nonsense"))).toBe(1);
});
