import { execFileSync } from "node:child_process";
import type { Exception } from "@bulkhead/api";
import { resourceOf, resources } from "@bulkhead/client";
import { evaluateNetwork } from "@bulkhead/policy";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Instance, registryPort, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { Station, TestPod } from "./support/world.ts";

const missing = lacking();
const ip = (...args: string[]): void => void execFileSync("ip", args);

const exceptions = resourceOf<Exception>({
  group: "security.bulkhead.dev",
  version: "v1alpha1",
  resource: "exceptions",
  kind: "Exception",
  namespaced: true,
});

describe.skipIf(missing !== "")(`what is closed to pods whatever policies say ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let db: TestPod;
  let host: Station;
  let outside: Station;

  beforeAll(async () => {
    instance = await startInstance();
    instance.namespace("shop");
    web = await instance.pod("shop/web", 11, { labels: { app: "web" } });
    db = await instance.pod("shop/db", 12, { labels: { app: "db" } });
    host = await instance.world.station("host");
    outside = await instance.world.station("outside");
    await db.listen("TCP", 5432);
    await host.listen("TCP", 22);
    await outside.listen("TCP", 80);
    // The world holds a metadata service, as a cloud does.
    ip(
      "-n",
      instance.world.hostNetns.replace("/run/netns/", "").replace(/-host$/, "-out"),
      "address",
      "add",
      "169.254.169.254/32",
      "dev",
      "lo",
    );
  });
  afterAll(async () => {
    await instance?.close();
  });

  test("the metadata address is there for the host and closed to pods", async () => {
    expect(await host.attempt({ to: "169.254.169.254", port: 80 })).toMatch(/^ok outside/);
    expect(await web.attempt({ to: "169.254.169.254", port: 80 })).toBe("ECONNREFUSED");
    expect(await web.attempt({ to: "169.254.169.254", port: 80, protocol: "UDP" })).toBe("EHOSTUNREACH");
    instance.policy("shop", "all", { podSelector: {}, policyTypes: ["Egress"], egress: [{}] });
    await instance.settled();
    expect(await web.attempt({ to: "169.254.169.254", port: 80 })).toBe("ECONNREFUSED");
    expect(await web.attempt({ to: "203.0.113.1", port: 80 })).toMatch(/^ok outside/);
    instance.api.drop(resources.networkPolicies, "shop", "all");
    await instance.settled();
  });

  test("the node is closed at each of its addresses, in both namespaces", async () => {
    const { layout } = instance.world;
    for (const to of [
      layout.nodeAddress,
      layout.relayAddress,
      layout.innerAddress,
      layout.gatewayAddress,
      layout.apiAddress,
    ]) {
      expect([to, await web.attempt({ to, port: 22 })]).toEqual([to, "ECONNREFUSED"]);
    }
    expect(await web.attempt({ to: "127.0.0.1", port: 22 })).toBe("ECONNREFUSED");
  });

  test("the registry's port at the gateway opens to whom a policy lets, and no other port there", async () => {
    const { layout } = instance.world;
    const inside = await instance.world.station("inside");
    await inside.listen("TCP", registryPort);
    await inside.listen("TCP", 22);
    const to = layout.gatewayAddress;
    const reach = async (pod: TestPod, port: number): Promise<string> =>
      (await pod.attempt({ to, port })).replace(/^ok.*/, "ok");
    const says = (pod: TestPod, port: number): string => {
      const rules = instance.agent.rules();
      if (rules === undefined) throw new Error("no rules in force");
      return evaluateNetwork(rules, { from: { ip: pod.ip }, to: { ip: to }, protocol: "TCP", port }).decision;
    };
    instance.policy("shop", "deny", { podSelector: {}, policyTypes: ["Egress"] });
    await instance.settled();
    expect([await reach(web, registryPort), says(web, registryPort)]).toEqual(["ECONNREFUSED", "deny"]);
    const ports = [22, registryPort].map((port) => ({ port, protocol: "TCP" }));
    instance.policy("shop", "registry", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: `${to}/32` } }], ports }],
    });
    await instance.settled();
    expect([await reach(web, registryPort), says(web, registryPort)]).toEqual(["ok", "allow"]);
    expect([await reach(web, 22), says(web, 22)]).toEqual(["ECONNREFUSED", "deny"]);
    expect([await reach(db, registryPort), says(db, registryPort)]).toEqual(["ECONNREFUSED", "deny"]);
    for (const name of ["deny", "registry"]) instance.api.drop(resources.networkPolicies, "shop", name);
    await instance.settled();
  });

  test("a pod that takes another's address is heard by nobody", async () => {
    ip("-n", web.netns.replace("/run/netns/", ""), "address", "add", `${db.ip}/32`, "dev", "lo");
    ip("-n", web.netns.replace("/run/netns/", ""), "address", "add", "10.201.0.77/32", "dev", "lo");
    ip(
      "-n",
      web.netns.replace("/run/netns/", ""),
      "address",
      "add",
      `${instance.world.layout.nodeAddress}/32`,
      "dev",
      "lo",
    );
    for (const from of ["10.201.0.77", instance.world.layout.nodeAddress]) {
      expect(await web.attempt({ to: db.ip, port: 5432, from, ms: 200 })).toMatch(/timeout|ECONNREFUSED/);
    }
    expect(await web.attempt({ to: "203.0.113.1", port: 80, from: db.ip, ms: 200 })).toBe("timeout");
    expect(await web.attempt({ to: "203.0.113.1", port: 80, from: web.ip })).toMatch(/^ok/);
  });

  test("a link that no rule names passes nothing, in either direction", async () => {
    const early = await instance.world.pod("early", 40);
    await early.listen("TCP", 80);
    expect(await early.attempt({ to: db.ip, port: 5432, ms: 200 })).toBe("timeout");
    expect(await early.attempt({ to: "203.0.113.1", port: 80, ms: 200 })).toBe("timeout");
    expect(await early.attempt({ to: instance.world.layout.dnsAddress, port: 53, ms: 200 })).toBe("timeout");
    expect(await host.attempt({ to: early.ip, port: 80, ms: 200 })).not.toMatch(/^ok/);
    expect(await db.attempt({ to: early.ip, port: 80, ms: 200 })).not.toMatch(/^ok/);
  });

  test("a pod whose rules were removed is shut at once", async () => {
    const gone = await instance.pod("shop/gone", 41);
    expect(await gone.attempt({ to: db.ip, port: 5432 })).toMatch(/^ok/);
    await instance.agent.remove("uid-shop/gone");
    expect(await gone.attempt({ to: db.ip, port: 5432, ms: 200 })).toBe("timeout");
  });

  test("an Exception opens for its subject only what it names, and only until it expires", async () => {
    const exception = (expires: string): void =>
      void instance.api.put<Exception>(exceptions, {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "Exception",
        metadata: { namespace: "shop", name: "metadata" },
        spec: {
          decider: "network",
          rule: "egress",
          subject: { kind: "Pod", name: "web" },
          value: "169.254.169.254:80/TCP",
          reason: "test",
          author: "test",
          expires,
        },
      });
    exception(new Date(Date.now() + 3_000).toISOString());
    await instance.settled();
    expect(await web.attempt({ to: "169.254.169.254", port: 80 })).toMatch(/^ok/);
    expect(await web.attempt({ to: "169.254.169.254", port: 81 })).toBe("ECONNREFUSED");
    expect(await db.attempt({ to: "169.254.169.254", port: 80 })).toBe("ECONNREFUSED");
    expect(await web.ask({ do: "open", to: "169.254.169.254", port: 80, key: "m", ms: 400 })).toMatch(/^ok/);
    // Nobody writes anything: the time alone closes it, for the open connection too.
    await vi.waitUntil(async () => (await web.attempt({ to: "169.254.169.254", port: 80 })) === "ECONNREFUSED", {
      timeout: 8_000,
    });
    expect(await web.ask({ do: "say", key: "m", ms: 400 })).toMatch(/^(ECONNRESET|EPIPE)$/);
  });

  test("a birth that the API does not know is refused, and its link stays shut", async () => {
    const ghost = await instance.world.pod("ghost", 42);
    const birth = instance.agent.ensure({
      uid: "nobody",
      namespace: "shop",
      name: "ghost",
      labels: {},
      ips: [ghost.ip],
      hostInterface: ghost.hostInterface,
    });
    await expect(birth).rejects.toMatchObject({ code: "unknown-pod" });
    expect(await ghost.attempt({ to: db.ip, port: 5432, ms: 200 })).toBe("timeout");
  });

  test("a policy written just before the pod holds it from its first packet", async () => {
    for (let round = 0; round < 5; round++) {
      const namespace = `fresh-${round}`;
      instance.namespace(namespace);
      instance.policy(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
      const pod = await instance.pod(`${namespace}/first`, 60 + round);
      expect(await pod.attempt({ to: db.ip, port: 5432 })).toBe("ECONNREFUSED");
    }
  });
});

describe.skipIf(missing !== "")(`upstream's defaults ${missing}`, () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ defaults: "kubernetes" });
  });
  afterAll(async () => {
    await instance?.close();
  });

  test("leave metadata address and node open to pods", async () => {
    instance.namespace("shop");
    const web = await instance.pod("shop/web", 11);
    const host = await instance.world.station("host");
    const outside = await instance.world.station("outside");
    await host.listen("TCP", 22);
    await outside.listen("TCP", 80);
    ip(
      "-n",
      instance.world.hostNetns.replace("/run/netns/", "").replace(/-host$/, "-out"),
      "address",
      "add",
      "169.254.169.254/32",
      "dev",
      "lo",
    );
    expect(await web.attempt({ to: "169.254.169.254", port: 80 })).toMatch(/^ok/);
    expect(await web.attempt({ to: instance.world.hostIp, port: 22 })).toMatch(/^ok/);
    expect(await web.attempt({ to: instance.world.layout.nodeAddress, port: 22 })).toMatch(/^ok/);
  });
});
