import { isolatedCondition, type Pod, securityApiVersion, securityGroup } from "@bulkhead/api";
import { resourceOf, resources } from "@bulkhead/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Instance, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { Station, TestPod } from "./support/world.ts";

const missing = lacking();
const exceptions = resourceOf({
  group: securityGroup,
  version: "v1alpha1",
  resource: "exceptions",
  kind: "Exception",
  namespaced: true,
});

describe.skipIf(missing !== "")(`a pod isolated by its condition, on real packets ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let db: TestPod;
  let host: Station;
  let outside: Station;

  beforeAll(async () => {
    instance = await startInstance();
    instance.namespace("shop");
    web = await instance.pod("shop/web", 11);
    db = await instance.pod("shop/db", 12);
    host = await instance.world.station("host");
    outside = await instance.world.station("outside");
    for (const port of [5432, 8081]) await web.listen("TCP", port);
    await web.listen("UDP", 5353);
    await db.listen("TCP", 5432);
    await outside.listen("TCP", 443);
  });
  afterAll(async () => {
    await instance?.close();
  });
  afterEach(async () => {
    instance.api.drop(exceptions, "shop", "back");
    await isolate("False");
  });

  /** As whoever may write a pod's status does; a probe of the pod's own asks at 8081. */
  async function isolate(status: string): Promise<void> {
    const pod = instance.api.all<Pod>(resources.pods).find(({ metadata }) => metadata.name === "web");
    if (pod?.spec === undefined) throw new Error("the pod is gone");
    const containers = pod.spec.containers.map((c) => ({ ...c, livenessProbe: { tcpSocket: { port: 8081 } } }));
    const conditions = [{ type: isolatedCondition, status, reason: "ImageOutOfPolicy", message: "it runs log4j" }];
    instance.api.put<Pod>(resources.pods, {
      ...pod,
      spec: { ...pod.spec, containers },
      status: { ...pod.status, conditions },
    });
    await instance.settled();
  }

  test("nothing goes in or out, but the node's probes", async () => {
    expect(await db.attempt({ to: web.ip, port: 5432 })).toMatch(/^ok/);
    await isolate("True");
    expect(await db.attempt({ to: web.ip, port: 5432 })).toBe("ECONNREFUSED");
    expect(await db.attempt({ to: web.ip, port: 8081 })).toBe("ECONNREFUSED");
    expect(await db.attempt({ to: web.ip, port: 5353, protocol: "UDP" })).toBe("EHOSTUNREACH");
    expect(await web.attempt({ to: db.ip, port: 5432 })).toBe("ECONNREFUSED");
    expect(await web.attempt({ to: "203.0.113.1", port: 443 })).toBe("ECONNREFUSED");
    expect(await web.attempt({ to: instance.world.layout.dnsAddress, port: 53, protocol: "UDP" })).toBe("EHOSTUNREACH");
    expect(await outside.attempt({ to: web.ip, port: 5432 })).not.toMatch(/^ok/);
    // The node: where the pod's own probe asks, and nowhere else.
    expect(await host.attempt({ to: web.ip, port: 8081 })).toMatch(/^ok shop-web/);
    expect(await host.attempt({ to: web.ip, port: 5432 })).not.toMatch(/^ok/);
    // Others are as they were.
    expect(await host.attempt({ to: db.ip, port: 5432 })).toMatch(/^ok/);
    await isolate("False");
    expect(await db.attempt({ to: web.ip, port: 5432 })).toMatch(/^ok/);
  });

  test("connections that were open are cut, both ways; a probe's goes on", async () => {
    await db.ask({ do: "open", key: "in", to: web.ip, port: 5432, ms: 400 });
    await web.ask({ do: "open", key: "out", to: db.ip, port: 5432, ms: 400 });
    await db.ask({ do: "hold", key: "udp", to: web.ip, port: 5353, ms: 400 });
    await host.ask({ do: "open", key: "probe", to: web.ip, port: 8081, ms: 400 });
    await isolate("True");
    expect(await db.ask({ do: "say", key: "in", ms: 400 })).toBe("ECONNRESET");
    expect(await web.ask({ do: "say", key: "out", ms: 400 })).toBe("ECONNRESET");
    expect(await db.ask({ do: "again", key: "udp", ms: 400 })).not.toMatch(/^ok/);
    expect(await host.ask({ do: "say", key: "probe", ms: 400 })).toMatch(/^ok/);
  });

  test("an Exception lets it back while it holds, and takes effect at once", async () => {
    await isolate("True");
    expect(await db.attempt({ to: web.ip, port: 5432 })).toBe("ECONNREFUSED");
    instance.api.put(exceptions, {
      apiVersion: securityApiVersion,
      kind: "Exception",
      metadata: { namespace: "shop", name: "back" },
      spec: {
        decider: "network",
        rule: "isolated",
        subject: { kind: "Pod", name: "web" },
        reason: "it is looked at",
        author: "alice",
        expires: new Date(Date.now() + 3_600_000).toISOString(),
      },
    } as never);
    await instance.settled();
    expect(await db.attempt({ to: web.ip, port: 5432 })).toMatch(/^ok/);
  });
});
