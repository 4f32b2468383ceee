import type { Container, Pod, Service } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { podField, resourceField } from "./downward.ts";
import { type EnvironmentFacts, environment, serviceVariables } from "./environment.ts";
import { expand } from "./expansion.ts";

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u1", labels: { app: "web", b: 'qu"ote' }, annotations: {} },
  spec: { containers: [], nodeName: "n1", serviceAccountName: "robot" },
};

const makeService = (
  name: string,
  namespace: string,
  ports: NonNullable<Service["spec"]>["ports"],
  clusterIP = "10.96.0.1",
): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { clusterIP, ports },
});

const base64 = (text: string) => Buffer.from(text).toString("base64");

const facts: EnvironmentFacts = {
  podIps: ["10.1.0.5", "fd00::5"],
  hostIps: ["192.168.0.9"],
  allocatable: { cpu: "2", memory: "1Gi" },
  masterServiceNamespace: "default",
  services: [],
  objects: {
    configMap: async (name) =>
      name === "settings"
        ? {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name },
            data: { color: "red", "bad name=": "x", "dotted.key": "d" },
          }
        : undefined,
    secret: async (name) =>
      name === "keys"
        ? { apiVersion: "v1", kind: "Secret", metadata: { name }, data: { pin: base64("1234") } }
        : undefined,
  },
};

const of = async (container: Partial<Container>, changes: Partial<EnvironmentFacts> = {}) =>
  Object.fromEntries(
    (await environment(pod, { name: "app", ...container }, { ...facts, ...changes })).map(({ key, value }) => [
      key,
      value,
    ]),
  );

describe("expansion", () => {
  const values = new Map([["A", "1"]]);
  test.each([
    ["$(A)", "1"],
    ["x$(A)y$(A)", "x1y1"],
    ["$(B)", "$(B)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$A", "$A"],
    ["$(A", "$(A"],
    ["$", "$"],
    ["$()", "$()"],
  ])("%s → %s", (text, expected) => {
    expect(expand(text, (name) => values.get(name))).toBe(expected);
  });
  test("text without a dollar sign is itself", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("$")),
        (text) => expand(text, () => "x") === text,
      ),
    );
  });
});

describe("variables", () => {
  test("values, with references to earlier ones", async () => {
    const env = [
      { name: "A", value: "1" },
      { name: "B", value: "$(A)$(LATER)" },
      { name: "LATER", value: "2" },
    ];
    expect(await of({ env })).toEqual({ A: "1", B: "1$(LATER)", LATER: "2" });
  });
  test("from fields, resources, ConfigMaps and Secrets", async () => {
    const env = [
      { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "LABEL", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: "IPS", valueFrom: { fieldRef: { fieldPath: "status.podIPs" } } },
      { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
      { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
      { name: "PIN", valueFrom: { secretKeyRef: { name: "keys", key: "pin" } } },
      { name: "MAYBE", valueFrom: { secretKeyRef: { name: "none", key: "x", optional: true } } },
    ];
    expect(await of({ env })).toEqual({
      NAME: "web",
      LABEL: "web",
      IPS: "10.1.0.5,fd00::5",
      CPU: "2",
      COLOR: "red",
      PIN: "1234",
    });
  });
  test("from whole objects, env winning", async () => {
    const envFrom = [{ prefix: "P_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }];
    expect(await of({ envFrom, env: [{ name: "pin", value: "mine" }] })).toEqual({
      P_color: "red",
      "P_dotted.key": "d",
      pin: "mine",
    });
  });
  test.each([
    ["a missing Secret", { secretKeyRef: { name: "none", key: "x" } }, 'secret "none" not found'],
    ["a missing key", { secretKeyRef: { name: "keys", key: "x" } }, "couldn't find key x in Secret shop/keys"],
    ["a missing ConfigMap", { configMapKeyRef: { name: "none", key: "x" } }, 'configmap "none" not found'],
  ])("%s is said without a value", async (_, valueFrom, message) => {
    await expect(of({ env: [{ name: "X", valueFrom }] })).rejects.toThrow(message);
  });
  test("links to the namespace's Services and the API, and only the API without them", async () => {
    const services = [
      makeService("db-main", "shop", [{ port: 5432, name: "pg" }]),
      makeService("other", "elsewhere", [{ port: 1 }]),
      makeService("kubernetes", "default", [{ port: 443, name: "https" }]),
      makeService("headless", "shop", [{ port: 1 }], "None"),
    ];
    const all = await of({}, { services });
    expect(all["DB_MAIN_SERVICE_PORT_PG"]).toBe("5432");
    expect(Object.keys(all).some((key) => key.startsWith("OTHER") || key.startsWith("HEADLESS"))).toBe(false);
    const closed: Pod = { ...pod, spec: { containers: [], enableServiceLinks: false } };
    const few = (await environment(closed, { name: "app" }, { ...facts, services })).map(({ key }) => key);
    expect(few).toContain("KUBERNETES_SERVICE_HOST");
    expect(few.some((key) => key.startsWith("DB_MAIN"))).toBe(false);
  });
  test("a Service's variables in docker's format", () => {
    expect(serviceVariables(makeService("db", "shop", [{ port: 53, protocol: "UDP" }]))).toEqual([
      { key: "DB_SERVICE_HOST", value: "10.96.0.1" },
      { key: "DB_SERVICE_PORT", value: "53" },
      { key: "DB_PORT", value: "udp://10.96.0.1:53" },
      { key: "DB_PORT_53_UDP", value: "udp://10.96.0.1:53" },
      { key: "DB_PORT_53_UDP_PROTO", value: "udp" },
      { key: "DB_PORT_53_UDP_PORT", value: "53" },
      { key: "DB_PORT_53_UDP_ADDR", value: "10.96.0.1" },
    ]);
  });
});

describe("what a pod reads of itself", () => {
  test("labels as a file, sorted and quoted", () => {
    expect(podField(pod, "metadata.labels", facts)).toBe('app="web"\nb="qu\\"ote"');
  });
  test("nothing else", () => {
    expect(() => podField(pod, "status.phase", facts)).toThrow('field path "status.phase"');
  });
  test.each([
    ["requests.cpu", "250m", undefined, "1"],
    ["requests.cpu", "250m", "1m", "250"],
    ["limits.memory", "64Mi", "1Mi", "64"],
    ["limits.memory", undefined, "1Mi", "1024"],
    ["requests.memory", undefined, undefined, "0"],
  ])("%s of %s by %s is %s", (resource, value, divisor, expected) => {
    const [list = "", name = ""] = resource.split(".");
    const own = { name: "app", resources: value === undefined ? {} : { [list]: { [name]: value } } };
    expect(resourceField([], own, { resource, divisor }, facts.allocatable)).toBe(expected);
  });
});
