import type { NetworkPolicy } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Instance, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { Station, TestPod } from "./support/world.ts";

const missing = lacking();
type Spec = NonNullable<NetworkPolicy["spec"]>;

describe.skipIf(missing !== "")(`NetworkPolicy on real packets ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let db: TestPod;
  let job: TestPod;
  let host: Station;
  let outside: Station;

  beforeAll(async () => {
    instance = await startInstance();
    const { world } = instance;
    instance.namespace("shop", { team: "shop" });
    instance.namespace("batch", { team: "batch" });
    web = await instance.pod("shop/web", 11, { labels: { app: "web", tier: "front" } });
    db = await instance.pod("shop/db", 12, {
      labels: { app: "db" },
      ports: [
        { name: "sql", port: 5432 },
        { name: "ask", port: 5353, protocol: "UDP" },
      ],
    });
    job = await instance.pod("batch/job", 13, { labels: { app: "job" }, ports: [{ name: "sql", port: 7000 }] });
    host = await world.station("host");
    outside = await world.station("outside");
    for (const port of [5432, 8080, 8085, 8090]) await db.listen("TCP", port);
    await db.listen("UDP", 5353);
    await job.listen("TCP", 7000);
    await job.listen("TCP", 5432);
    await outside.listen("TCP", 443);
    await host.listen("TCP", 22);
  });
  afterAll(async () => {
    await instance?.close();
  });
  afterEach(async () => {
    for (const policy of instance.api.all(resources.networkPolicies)) {
      instance.api.drop(resources.networkPolicies, policy.metadata.namespace ?? "", policy.metadata.name ?? "");
    }
    await instance.settled();
  });

  const holdDb = async (spec: Omit<Spec, "podSelector">): Promise<void> => {
    instance.policy("shop", "db", { podSelector: { matchLabels: { app: "db" } }, ...spec });
    await instance.settled();
  };
  const passes = async (from: Station, to: string, port: number, protocol: "TCP" | "UDP" = "TCP"): Promise<boolean> =>
    (await from.attempt({ to, port, protocol })).startsWith("ok");

  test("pods that no policy selects reach each other and the world", async () => {
    expect(await web.attempt({ to: db.ip, port: 5432 })).toBe(`ok shop-db ${web.ip}`);
    expect(await web.attempt({ to: db.ip, port: 5353, protocol: "UDP" })).toBe(`ok shop-db ${web.ip}`);
    expect(await web.attempt({ to: "203.0.113.1", port: 443 })).toBe(`ok outside ${instance.world.hostIp}`);
  });

  test("an empty ingress list refuses everyone at once, and the node still passes", async () => {
    await holdDb({ policyTypes: ["Ingress"], ingress: [] });
    expect(await web.attempt({ to: db.ip, port: 5432 })).toBe("ECONNREFUSED");
    expect(await web.attempt({ to: db.ip, port: 5353, protocol: "UDP" })).toBe("EHOSTUNREACH");
    expect(await host.attempt({ to: db.ip, port: 5432 })).toBe(`ok shop-db ${instance.world.layout.nodeAddress}`);
    expect(await passes(db, job.ip, 7000)).toBe(true);
  });

  test("an empty rule allows every peer and port", async () => {
    await holdDb({ ingress: [{}] });
    expect(await passes(web, db.ip, 5432)).toBe(true);
    expect(await passes(job, db.ip, 8080)).toBe(true);
  });

  test("podSelector means the policy's own namespace; namespaceSelector and podSelector in one peer mean both", async () => {
    await holdDb({ ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] });
    expect([await passes(web, db.ip, 5432), await passes(job, db.ip, 5432)]).toEqual([true, false]);
    await holdDb({ ingress: [{ from: [{ podSelector: { matchLabels: { app: "job" } } }] }] });
    expect(await passes(job, db.ip, 5432)).toBe(false);
    await holdDb({
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { team: "batch" } }, podSelector: { matchLabels: { app: "job" } } },
          ],
        },
      ],
    });
    expect([await passes(web, db.ip, 5432), await passes(job, db.ip, 5432)]).toEqual([false, true]);
    await holdDb({
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { team: "batch" } } },
            { podSelector: { matchLabels: { tier: "front" } } },
          ],
        },
      ],
    });
    expect([await passes(web, db.ip, 5432), await passes(job, db.ip, 5432)]).toEqual([true, true]);
  });

  test("matchExpressions select, and a namespaceSelector alone means all its pods", async () => {
    await holdDb({
      ingress: [
        { from: [{ namespaceSelector: { matchExpressions: [{ key: "team", operator: "In", values: ["batch"] }] } }] },
      ],
    });
    expect([await passes(web, db.ip, 5432), await passes(job, db.ip, 5432)]).toEqual([false, true]);
  });

  test("ports: number, protocol default TCP, range by endPort, name, UDP", async () => {
    await holdDb({ ingress: [{ ports: [{ port: 5432 }] }] });
    expect([await passes(web, db.ip, 5432), await passes(web, db.ip, 8080)]).toEqual([true, false]);
    expect(await passes(web, db.ip, 5353, "UDP")).toBe(false);
    await holdDb({ ingress: [{ ports: [{ port: 8080, endPort: 8085 }] }] });
    expect([await passes(web, db.ip, 8080), await passes(web, db.ip, 8085)]).toEqual([true, true]);
    expect([await passes(web, db.ip, 8090), await passes(web, db.ip, 5432)]).toEqual([false, false]);
    await holdDb({ ingress: [{ ports: [{ port: "sql" }] }] });
    expect([await passes(web, db.ip, 5432), await passes(web, db.ip, 8080)]).toEqual([true, false]);
    await holdDb({ ingress: [{ ports: [{ port: "ask", protocol: "UDP" }] }] });
    expect([await passes(web, db.ip, 5353, "UDP"), await passes(web, db.ip, 5432)]).toEqual([true, false]);
    await holdDb({ ingress: [{ ports: [{ protocol: "UDP" }] }] });
    expect([await passes(web, db.ip, 5353, "UDP"), await passes(web, db.ip, 5432)]).toEqual([true, false]);
    await holdDb({
      ingress: [{ ports: [{ port: 5432 }, { port: 8085, endPort: 8090 }, { port: 9, protocol: "SCTP" }] }],
    });
    expect([await passes(web, db.ip, 5432), await passes(web, db.ip, 8090), await passes(web, db.ip, 8080)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("a named port of an egress rule is the number that each destination calls so", async () => {
    instance.policy("shop", "web-out", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ ports: [{ port: "sql" }] }],
    });
    await instance.settled();
    expect([await passes(web, db.ip, 5432), await passes(web, job.ip, 7000)]).toEqual([true, true]);
    expect(await web.attempt({ to: job.ip, port: 5432 })).toBe("ECONNREFUSED");
    expect(await web.attempt({ to: "203.0.113.1", port: 443 })).toBe("ECONNREFUSED");
  });

  test("egress: deny all, blocks with exceptions; replies pass; ingress of the same pod stays open", async () => {
    instance.policy("shop", "web-out", { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Egress"] });
    await instance.settled();
    expect(await web.attempt({ to: db.ip, port: 5432 })).toBe("ECONNREFUSED");
    await web.listen("TCP", 80);
    expect(await passes(db, web.ip, 80)).toBe(true);
    const block = (cidr: string, except?: string[]): Spec => ({
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr, ...(except ? { except } : {}) } }] }],
    });
    instance.policy("shop", "web-out", block("203.0.113.0/24"));
    await instance.settled();
    expect([await passes(web, "203.0.113.1", 443), await passes(web, db.ip, 5432)]).toEqual([true, false]);
    instance.policy("shop", "web-out", block("0.0.0.0/0", ["203.0.113.0/28"]));
    await instance.settled();
    expect([await passes(web, "203.0.113.1", 443), await passes(web, db.ip, 5432)]).toEqual([false, true]);
  });

  test("both ends must allow, and several policies add up", async () => {
    await holdDb({ ingress: [{ ports: [{ port: 5432 }] }] });
    instance.policy("shop", "db-more", { podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] });
    instance.policy("shop", "web-out", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ ports: [{ port: 8080 }, { port: 8090 }] }],
    });
    await instance.settled();
    expect([await passes(job, db.ip, 5432), await passes(job, db.ip, 8080), await passes(job, db.ip, 8090)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([await passes(web, db.ip, 5432), await passes(web, db.ip, 8080), await passes(web, db.ip, 8090)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("from outside: a block lets in whom it names, anyone else hears nothing", async () => {
    await holdDb({ ingress: [{ from: [{ ipBlock: { cidr: "198.51.100.0/24" } }] }] });
    const address = instance.world.layout.innerAddress;
    expect(address).not.toBe("");
    // The host's own door is shut to new connections from outside, whatever the policies say.
    expect(await outside.attempt({ to: db.ip, port: 5432 })).toBe("timeout");
    // What the relay brings counts as outside.
    const { relayAddress } = instance.world.layout;
    expect(await host.attempt({ to: db.ip, port: 5432, from: relayAddress })).toBe("ECONNREFUSED");
    await holdDb({ ingress: [{ from: [{ ipBlock: { cidr: `${relayAddress}/32` } }] }] });
    expect(await host.attempt({ to: db.ip, port: 5432, from: relayAddress })).toBe(`ok shop-db ${relayAddress}`);
  });

  test("a change reaches open connections, in both directions", async () => {
    expect(await web.ask({ do: "open", to: db.ip, port: 5432, key: "a", ms: 400 })).toMatch(/^ok/);
    expect(await web.ask({ do: "say", key: "a", ms: 400 })).toMatch(/^ok/);
    await holdDb({ ingress: [{ from: [{ podSelector: { matchLabels: { app: "none" } } }] }] });
    expect(await web.ask({ do: "say", key: "a", ms: 400 })).toMatch(/^(ECONNRESET|EPIPE|ECONNREFUSED)$/);
  });

  test("a change that does not concern a connection leaves it alone", async () => {
    expect(await job.ask({ do: "open", to: db.ip, port: 5432, key: "b", ms: 400 })).toMatch(/^ok/);
    for (let i = 0; i < 5; i++) {
      instance.policy("shop", "web-only", { podSelector: { matchLabels: { app: "web" } }, ingress: i % 2 ? [] : [{}] });
      await instance.settled();
      expect(await job.ask({ do: "say", key: "b", ms: 400 })).toMatch(/^ok/);
    }
  });

  test("the table reads back as it was written: nothing was taken for meddling", async () => {
    instance.policy("shop", "blocks", {
      podSelector: {},
      ingress: [
        {
          from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.2.3/32", "10.2.0.0/15"] } }],
          ports: [{ port: 1, endPort: 9 }, { port: 10 }, { port: 20 }, { port: "sql" }],
        },
      ],
    });
    await instance.settled();
    // Longer than the agent takes to look.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(instance.repairs()).toBe(0);
  });
});
