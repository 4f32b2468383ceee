import { execFileSync } from "node:child_process";
import { silentLog } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ensureNetwork, removeNetwork, startNetworkAgent } from "../src/index.ts";
import { type Instance, runOnHost, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import { memoryApi } from "./support/memory-api.ts";
import { createWorld, type TestPod } from "./support/world.ts";

const missing = lacking();

describe.skipIf(missing !== "")(`rules through change, restart and meddling ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let db: TestPod;
  let other: TestPod;

  const inside = (...args: string[]): string =>
    execFileSync("nsenter", [`--net=${instance.world.layout.netns}`, "--", ...args], { encoding: "utf8" });

  beforeAll(async () => {
    instance = await startInstance();
    instance.namespace("shop");
    instance.namespace("ending");
    web = await instance.pod("shop/web", 11, { labels: { app: "web" } });
    db = await instance.pod("shop/db", 12, { labels: { app: "db" } });
    other = await instance.pod("ending/other", 13, { labels: { app: "other" } });
    await db.listen("TCP", 5432);
    await db.listen("TCP", 8080);
    await db.listen("UDP", 5353);
    instance.policy("shop", "db", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ ports: [{ port: 8080 }] }],
    });
    instance.policy("ending", "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    await instance.settled();
  });
  afterAll(async () => {
    await instance?.close();
  });

  /** Traffic that must never and traffic that must always pass, while `meanwhile` runs. */
  async function underTraffic(meanwhile: () => Promise<void>): Promise<void> {
    let over = false;
    const flood = async (from: TestPod, port: number, protocol: "TCP" | "UDP") => {
      const sums: Record<string, number> = {};
      while (!over) {
        const counted = await from.ask<Record<string, number>>({ do: "flood", to: db.ip, port, protocol, ms: 200 });
        for (const [word, n] of Object.entries(counted)) sums[word] = (sums[word] ?? 0) + n;
      }
      return sums;
    };
    const floods = [
      flood(web, 5432, "TCP"),
      flood(web, 5353, "UDP"),
      flood(other, 5432, "TCP"),
      flood(web, 8080, "TCP"),
    ];
    try {
      await meanwhile();
    } finally {
      over = true;
    }
    const [tcp, udp, ended, allowed] = await Promise.all(floods);
    for (const refused of [tcp, udp, ended]) {
      expect(refused?.["ok"]).toBeUndefined();
      expect(Object.values(refused ?? {}).reduce((a, b) => a + b, 0)).toBeGreaterThan(3);
    }
    expect(Object.keys(allowed ?? {})).toEqual(["ok"]);
  }

  test("another policy flaps, pods come and go: nothing passes that must not, all that may", async () => {
    await underTraffic(async () => {
      for (let i = 0; i < 30; i++) {
        const web = { podSelector: { matchLabels: { app: "web" } } };
        instance.policy(
          "shop",
          "flap",
          i % 2 ? { ...web, policyTypes: ["Egress"], egress: [{}] } : { ...web, ingress: [] },
        );
        instance.policy("shop", "flap-all", { podSelector: {}, ingress: i % 2 ? [] : [{ ports: [{ port: 1 }] }] });
        await instance.settled();
        instance.api.drop(resources.networkPolicies, "shop", i % 2 ? "flap" : "flap-all");
        await instance.settled();
      }
      await instance.pod("shop/newcomer", 50, { labels: { app: "db" } });
    });
  });

  test("the agent ends and another begins: the table stands, open connections go on", async () => {
    expect(await web.ask({ do: "open", to: db.ip, port: 8080, key: "a", ms: 400 })).toMatch(/^ok/);
    await underTraffic(async () => {
      await instance.restartAgent();
      await instance.restartAgent();
    });
    expect(await web.ask({ do: "say", key: "a", ms: 400 })).toMatch(/^ok/);
  });

  test("the host's ruleset is flushed: ours stands", async () => {
    const before = inside("nft", "--terse", "list", "table", "inet", "bulkhead");
    await underTraffic(async () => {
      instance.world.onHost("nft", "flush", "ruleset");
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    expect(inside("nft", "--terse", "list", "table", "inet", "bulkhead")).toBe(before);
    const made = await ensureNetwork({ layout: instance.world.layout, log: silentLog, run: instance.run });
    expect(made.steps.map((s) => s.kind)).toEqual(["replace-host-table"]);
  });

  test("a namespace ends: its policies are gone from the API, its pods stay held", async () => {
    const namespace = instance.api.all(resources.namespaces).find((n) => n.metadata.name === "ending");
    if (namespace === undefined) throw new Error("no namespace");
    instance.api.put(resources.namespaces, {
      ...namespace,
      metadata: { ...namespace.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
    await underTraffic(async () => {
      instance.api.drop(resources.networkPolicies, "ending", "default-deny");
      await instance.settled();
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
  });

  test("our own table is meddled with: it is repaired", async () => {
    for (const meddling of [
      ["nft", "flush", "ruleset"],
      ["nft", "flush", "chain", "inet", "bulkhead", "forward"],
      ["nft", "add", "element", "inet", "bulkhead", "self-4", `{ ${web.ip} . ${db.ip} }`],
      ["nft", "insert", "rule", "inet", "bulkhead", "forward", "accept"],
      // A chain of theirs that points at ours: only the whole table anew gets rid of it.
      [
        "sh",
        "-c",
        "nft add chain inet bulkhead theirs && nft add rule inet bulkhead theirs jump admit && nft insert rule inet bulkhead known jump theirs",
      ],
      ["nft", "add", "chain", "inet", "bulkhead", "forward", "{ type filter hook forward priority 0; policy accept; }"],
    ]) {
      inside(...meddling);
      await vi.waitUntil(async () => (await web.attempt({ to: db.ip, port: 5432 })) === "ECONNREFUSED", {
        timeout: 60_000,
      });
      await vi.waitUntil(() => inside("nft", "list", "table", "inet", "bulkhead").includes("policy drop"), {
        timeout: 60_000,
      });
      expect(await web.attempt({ to: db.ip, port: 8080 })).toMatch(/^ok/);
    }
    // On a busy machine a look at the table is dear, and rests follow its cost.
  }, 400_000);
});

describe.skipIf(missing !== "")(`what the agent looks after by itself ${missing}`, () => {
  test("the way out comes back after the host's ruleset and routes were flushed", async () => {
    const instance = await startInstance({ repairMs: 300 });
    try {
      instance.namespace("shop");
      const web = await instance.pod("shop/web", 11);
      const outside = await instance.world.station("outside");
      await outside.listen("TCP", 80);
      const out = { to: "203.0.113.1", port: 80 };
      expect(await web.attempt(out)).toMatch(/^ok/);
      instance.world.onHost("nft", "flush", "ruleset");
      instance.world.onHost("ip", "route", "delete", instance.world.layout.podCidr);
      await vi.waitUntil(async () => (await web.attempt(out)).startsWith("ok"), { timeout: 60_000 });
    } finally {
      await instance.close();
    }
  });

  test("a namespace that has no table yet passes nothing, before the API was ever heard", async () => {
    const world = createWorld();
    const run = runOnHost(world);
    await ensureNetwork({ layout: world.layout, log: silentLog, run });
    const deaf = { ...memoryApi(), list: () => new Promise<never>(() => {}) };
    const agent = startNetworkAgent({
      client: deaf,
      layout: world.layout,
      node: "node-1",
      log: silentLog,
      defaults: "bulkhead",
      run,
    });
    try {
      const [one, two] = [await world.pod("one", 11), await world.pod("two", 12)];
      await two.listen("TCP", 80);
      const shut = (): boolean =>
        execFileSync("nsenter", [`--net=${world.layout.netns}`, "--", "nft", "list", "ruleset"], {
          encoding: "utf8",
        }).includes("policy drop");
      await vi.waitUntil(shut, { timeout: 60_000 });
      expect(await one.attempt({ to: two.ip, port: 80, ms: 200 })).toBe("timeout");
    } finally {
      await agent.close();
      await world.close();
    }
  });
});

describe.skipIf(missing !== "")(`the namespace itself ${missing}`, () => {
  test("is made once, repaired where it broke, and removed without a trace", async () => {
    const world = createWorld();
    const { layout } = world;
    const options = { layout, log: silentLog, run: runOnHost(world) };
    const state = (): string =>
      [
        "ip -br address",
        "ip route",
        "ip rule",
        "nft list ruleset",
        "cat /proc/sys/net/ipv4/conf/eth0/forwarding /proc/sys/net/ipv4/ip_forward",
      ]
        .map((command) => world.onHost("sh", "-c", command))
        .join("\n");
    try {
      const before = state();
      const made = await ensureNetwork(options);
      expect(made.steps.length).toBeGreaterThan(10);
      expect(Object.values(made.previousSysctls)).toEqual(["0"]);
      expect((await ensureNetwork(options)).steps).toEqual([]);
      world.onHost("ip", "route", "delete", layout.podCidr);
      world.onHost("ip", "address", "delete", `${layout.relayAddress}/29`, "dev", layout.hostInterface);
      world.onHost("sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/eth0/forwarding");
      expect((await ensureNetwork(options)).steps.map((s) => s.kind)).toEqual([
        "add-address",
        "set-sysctl",
        "replace-route",
      ]);
      world.onHost("ip", "link", "delete", layout.hostInterface);
      expect((await ensureNetwork(options)).steps.map((s) => s.kind)).toContain("add-link");
      expect((await ensureNetwork(options)).steps).toEqual([]);
      await removeNetwork({ ...options, previousSysctls: made.previousSysctls });
      expect(state()).toBe(before);
      await removeNetwork({ ...options, previousSysctls: made.previousSysctls });
    } finally {
      await world.close();
    }
  });
});
