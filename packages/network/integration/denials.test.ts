import { readdirSync, readFileSync } from "node:fs";
import { type Event, silentLog } from "@bulkhead/api";
import { createEventRecorder, resources } from "@bulkhead/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Listening, startDenialReporter } from "../src/index.ts";
import { type Instance, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { Station, TestPod } from "./support/world.ts";

const missing = lacking("tcpdump");

describe.skipIf(missing !== "")(`refused connections are told ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let db: TestPod;
  let host: Station;
  let reporter: Listening;
  let denials = 0;

  beforeAll(async () => {
    instance = await startInstance();
    instance.namespace("shop");
    web = await instance.pod("shop/web", 11, { labels: { app: "web" } });
    db = await instance.pod("shop/db", 12, { labels: { app: "db" } });
    host = await instance.world.station("host");
    await db.listen("TCP", 5432);
    reporter = startDenialReporter({
      netns: instance.world.layout.netns,
      rules: () => instance.agent.rules(),
      pods: instance.agent.informers.pods,
      podOnLink: (index) => instance.agent.podOnLink(index),
      recorder: createEventRecorder({ client: instance.api, component: "network", host: "node-1" }),
      onDenial: () => denials++,
      log: silentLog,
    });
    instance.policy("shop", "db", { podSelector: { matchLabels: { app: "db" } }, ingress: [{ ports: [{ port: 1 }] }] });
    await instance.settled();
    // The listener is there when the first denial is told.
    await vi.waitUntil(
      async () => {
        await web.attempt({ to: "169.254.169.254", port: 9 });
        return events("web").length > 0;
      },
      { timeout: 60_000, interval: 200 },
    );
  });
  afterAll(async () => {
    await reporter?.close();
    await instance?.close();
  });

  const events = (pod: string): Event[] =>
    instance.api.all<Event>(resources.events).filter((e) => e.involvedObject.name === pod);
  const told = (pod: string, pattern: RegExp): Promise<Event> =>
    vi.waitUntil(() => events(pod).find((e) => pattern.test(e.message ?? "")), { timeout: 20_000, interval: 20 });

  test("on the pod that asked, with the policy that held and the command that allows", async () => {
    await web.attempt({ to: db.ip, port: 5432 });
    const event = await told("web", /port 5432/);
    expect(event).toMatchObject({
      type: "Warning",
      reason: "ConnectionRefused",
      involvedObject: { kind: "Pod", namespace: "shop" },
    });
    expect(event.message).toMatch(/TCP to pod shop\/db \(10\.201\.0\.12\) port 5432 was refused/);
    expect(event.message).toMatch(/NetworkPolicy shop\/db/);
    expect(event.message).toMatch(/bulkhead allow /);
  });

  test("metadata, node, and Services that are none", async () => {
    await web.attempt({ to: "169.254.169.254", port: 80 });
    expect((await told("web", /169\.254\.169\.254 port 80/)).message).toMatch(/credentials/);
    await web.attempt({ to: instance.world.layout.nodeAddress, port: 22 });
    expect((await told("web", /port 22/)).message).toMatch(/the node itself/);
    await web.attempt({ to: instance.world.layout.gatewayAddress, port: 23 });
    expect((await told("web", /port 23/)).message).toMatch(/serves pods TCP 6445, nothing else/);
    await web.attempt({ to: "10.202.77.7", port: 80 });
    expect((await told("web", /10\.202\.77\.7/)).reason).toBe("ServiceUnavailable");
  });

  test("a connection from outside is told on the pod that was asked", async () => {
    await host.attempt({ to: db.ip, port: 5432, from: instance.world.layout.relayAddress });
    expect((await told("db", /port 5432 from/)).message).toContain(instance.world.layout.relayAddress);
  });

  test("a lie about the sender is told on the pod that lied", async () => {
    const { execFileSync } = await import("node:child_process");
    execFileSync("ip", ["-n", web.netns.replace("/run/netns/", ""), "address", "add", "10.201.0.99/32", "dev", "lo"]);
    await web.attempt({ to: db.ip, port: 77, from: "10.201.0.99", ms: 200 });
    expect((await told("web", /not its own/)).reason).toBe("AddressSpoofed");
  });

  test("a pod that scans is told a bounded number of times", async () => {
    const [before, start] = [denials, Date.now()];
    await Promise.all(Array.from({ length: 300 }, (_, i) => web.attempt({ to: db.ip, port: 2000 + i, ms: 300 })));
    await new Promise((resolve) => setTimeout(resolve, 500));
    // The kernel's share of a source: a burst of 20 and 10 a second.
    const share = 20 + (10 * (Date.now() - start)) / 1000;
    expect(denials - before).toBeGreaterThan(5);
    expect(denials - before).toBeLessThanOrEqual(share + 1);
  });

  test("the listener runs as nobody and holds no right", () => {
    const pid = readdirSync("/proc").find((name) => {
      try {
        return (
          /^\d+$/.test(name) &&
          readFileSync(`/proc/${name}/cmdline`, "utf8").includes("nflog:11") &&
          readFileSync(`/proc/${name}/comm`, "utf8") === "tcpdump\n"
        );
      } catch {
        return false;
      }
    });
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^CapEff:\t0{16}$/m);
    expect(status).toMatch(/^CapPrm:\t0{16}$/m);
  });
});
