import dgram from "node:dgram";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EndpointSlice, type Service, silentLog } from "@bulkhead/api";
import { resources } from "@bulkhead/client";
import packet, { type Answer, type Decoded } from "dns-packet";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type DnsPublisher,
  type DnsServer,
  type NamespaceSocket,
  openSocketInNamespace,
  startDns,
  startDnsPublisher,
} from "../src/index.ts";
import { type Instance, startInstance } from "./support/instance.ts";
import { lacking } from "./support/machine.ts";
import type { Station, TestPod } from "./support/world.ts";

const missing = lacking();
const rcode = (d: Decoded): number => d.flags & 0xf;

/** A resolver on loopback that answers from a table and counts what it was asked. */
async function startResolver(table: Record<string, Answer[]>) {
  const asked: string[] = [];
  const reply = (message: Buffer): Buffer => {
    const query = packet.decode(message);
    const [question] = query.questions;
    asked.push(`${question?.name} ${question?.type}`);
    const answers = (table[question?.name.toLowerCase() ?? ""] ?? []).filter((a) => a.type === question?.type);
    const questions = question === undefined ? [] : [{ name: question.name, type: question.type }];
    return packet.encode({ type: "response", id: query.id, flags: 0x8180, questions, answers });
  };
  const udp = dgram.createSocket("udp4");
  const tcp = net.createServer((socket) => {
    socket.on("data", (data) => {
      const answer = reply(data.subarray(2));
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.end(Buffer.concat([length, answer]));
    });
  });
  udp.on("message", (message, peer) => {
    const answer = reply(message);
    if (answer.length > 1232) {
      // Cut off: the asker must come again over TCP.
      const query = packet.decode(message);
      const [q] = query.questions;
      udp.send(
        packet.encode({
          type: "response",
          id: query.id,
          flags: 0x8380,
          questions: q ? [{ name: q.name, type: q.type }] : [],
        }),
        peer.port,
        peer.address,
      );
    } else udp.send(answer, peer.port, peer.address);
  });
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  const { port } = udp.address();
  await new Promise<void>((resolve) => tcp.listen(port, "127.0.0.1", resolve));
  return { port, asked, close: () => (udp.close(), tcp.close()) };
}

const service = (name: string, spec: NonNullable<Service["spec"]>): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name },
  spec,
});

const slice = (name: string, of: string, init: Pick<EndpointSlice, "endpoints" | "ports">): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { namespace: "shop", name, labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  ...init,
});

describe.skipIf(missing !== "")(`cluster DNS from a pod ${missing}`, () => {
  let instance: Instance;
  let web: TestPod;
  let host: Station;
  let folder: string;
  let publisher: DnsPublisher;
  let server: DnsServer;
  let resolver: Awaited<ReturnType<typeof startResolver>>;
  let sockets: NamespaceSocket[];

  const start = (): Promise<DnsServer> => {
    const [udp, tcp] = sockets;
    return startDns({
      sockets: { udpFd: udp?.fd ?? -1, tcpFd: tcp?.fd ?? -1 },
      source: join(folder, "records.sock"),
      upstream: [{ address: "127.0.0.1", port: resolver.port }],
      cidrs: [instance.world.layout.podCidr, instance.world.layout.serviceCidr],
      clients: [instance.world.layout.podCidr, instance.world.layout.linkCidr],
      own: [instance.world.layout.dnsAddress],
      log: silentLog,
    });
  };

  beforeAll(async () => {
    instance = await startInstance();
    const { layout } = instance.world;
    instance.namespace("shop");
    web = await instance.pod("shop/web", 11, { labels: { app: "web" } });
    host = await instance.world.station("host");
    instance.api.put(
      resources.services,
      service("db", {
        clusterIP: "10.202.0.20",
        clusterIPs: ["10.202.0.20"],
        ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
      }),
    );
    instance.api.put(
      resources.services,
      service("peers", { clusterIP: "None", ports: [{ name: "raft", port: 7000 }] }),
    );
    instance.api.put(
      resources.endpointSlices,
      slice("peers-1", "peers", {
        ports: [{ name: "raft", port: 7000, protocol: "TCP" }],
        endpoints: [
          { addresses: ["10.201.0.21"], hostname: "peer-0", conditions: { ready: true } },
          { addresses: ["10.201.0.22"], hostname: "peer-1", conditions: { ready: true } },
          { addresses: ["10.201.0.23"], hostname: "peer-2", conditions: { ready: false } },
        ],
      }),
    );
    instance.api.put(resources.services, service("ext", { type: "ExternalName", externalName: "www.example.test" }));
    folder = await mkdtemp(join(tmpdir(), "bulkhead-dns-"));
    resolver = await startResolver({
      "www.example.test": [{ type: "A", name: "www.example.test", ttl: 300, data: "203.0.113.9" }],
      "big.example.test": Array.from({ length: 200 }, (_, i) => ({
        type: "A" as const,
        name: "big.example.test",
        ttl: 60,
        data: `203.0.113.${i}`,
      })),
    });
    publisher = await startDnsPublisher({
      informers: instance.agent.informers,
      zone: "cluster.local",
      podNames: "verified",
      path: join(folder, "records.sock"),
      log: silentLog,
    });
    sockets = [
      await openSocketInNamespace(layout.netns, layout.dnsAddress, 53, "udp"),
      await openSocketInNamespace(layout.netns, layout.dnsAddress, 53, "tcp"),
    ];
    server = await start();
    await vi.waitUntil(async () => rcode(await ask("db.shop.svc.cluster.local", "A")) === 0);
  });
  afterAll(async () => {
    await server?.close();
    for (const socket of sockets ?? []) socket.close();
    await publisher?.close();
    resolver?.close();
    await instance?.close();
    await rm(folder, { recursive: true });
  });

  async function ask(
    name: string,
    type: string,
    how: { from?: Station; transport?: "udp" | "tcp"; edns?: number } = {},
  ): Promise<Decoded> {
    const query = packet.encode({
      type: "query",
      id: 4711,
      flags: 0x100,
      questions: [{ name, type }],
      additionals:
        how.edns === undefined ? [] : [{ type: "OPT", name: ".", udpPayloadSize: how.edns, flags: 0, options: [] }],
    });
    const hex = await (how.from ?? web).ask({
      do: "dns",
      to: instance.world.layout.dnsAddress,
      hex: query.toString("hex"),
      transport: how.transport ?? "udp",
    });
    if (!/^[0-9a-f]{24,}$/.test(hex)) throw new Error(hex);
    const decoded = packet.decode(Buffer.from(hex, "hex"));
    expect(decoded.id).toBe(4711);
    return decoded;
  }
  const data = (d: Decoded): unknown[] => d.answers.map((a) => a.data);
  const sorted = (d: Decoded): string[] =>
    data(d)
      .map(String)
      .sort((a, b) => (a < b ? -1 : 1));

  test("a Service: A, NODATA for AAAA, SRV, PTR", async () => {
    expect(data(await ask("db.shop.svc.cluster.local", "A"))).toEqual(["10.202.0.20"]);
    const none = await ask("db.shop.svc.cluster.local", "AAAA");
    expect([rcode(none), none.answers.length, none.authorities[0]?.type]).toEqual([0, 0, "SOA"]);
    expect(data(await ask("_sql._tcp.db.shop.svc.cluster.local", "SRV"))).toMatchObject([
      { port: 5432, target: "db.shop.svc.cluster.local" },
    ]);
    expect(data(await ask("20.0.202.10.in-addr.arpa", "PTR"))).toEqual(["db.shop.svc.cluster.local"]);
  });

  test("the name is repeated as it was asked", async () => {
    const answer = await ask("Db.SHOP.svc.cluster.local", "A");
    expect([answer.questions[0]?.name, data(answer)]).toEqual(["Db.SHOP.svc.cluster.local", ["10.202.0.20"]]);
  });

  test("a headless Service: ready endpoints, their hostnames, SRV to each", async () => {
    expect(sorted(await ask("peers.shop.svc.cluster.local", "A"))).toEqual(["10.201.0.21", "10.201.0.22"]);
    expect(data(await ask("peer-1.peers.shop.svc.cluster.local", "A"))).toEqual(["10.201.0.22"]);
    expect(rcode(await ask("peer-2.peers.shop.svc.cluster.local", "A"))).toBe(3);
    expect((await ask("_raft._tcp.peers.shop.svc.cluster.local", "SRV")).answers).toHaveLength(2);
  });

  test("what is not there: NXDOMAIN with the SOA, never asked outside; names between are empty, not missing", async () => {
    const before = resolver.asked.length;
    for (const name of [
      "nope.shop.svc.cluster.local",
      "www.example.test.shop.svc.cluster.local",
      "x.cluster.local",
      "9.0.202.10.in-addr.arpa",
    ]) {
      const answer = await ask(name, "A");
      expect([name, rcode(answer), answer.authorities[0]?.type]).toEqual([name, 3, "SOA"]);
    }
    for (const name of ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"]) {
      const answer = await ask(name, "A");
      expect([name, rcode(answer), answer.answers.length]).toEqual([name, 0, 0]);
    }
    expect(resolver.asked.length).toBe(before);
  });

  test("pods by their dashed address, only those that are", async () => {
    await expect.poll(async () => data(await ask("10-201-0-11.shop.pod.cluster.local", "A"))).toEqual([web.ip]);
    expect(rcode(await ask("10-201-0-99.shop.pod.cluster.local", "A"))).toBe(3);
  });

  test("ExternalName brings the address with it", async () => {
    expect(data(await ask("ext.shop.svc.cluster.local", "A"))).toEqual(["www.example.test", "203.0.113.9"]);
  });

  test("other names are asked upstream once and kept", async () => {
    expect(data(await ask("www.example.test", "A"))).toEqual(["203.0.113.9"]);
    const before = resolver.asked.length;
    expect(data(await ask("WWW.example.test", "A"))).toEqual(["203.0.113.9"]);
    expect(resolver.asked.length).toBe(before);
  });

  test("large answers: cut over UDP, whole over TCP", async () => {
    const cut = await ask("big.example.test", "A", { edns: 4096 });
    expect([(cut.flags & 0x200) !== 0, cut.answers.length]).toEqual([true, 0]);
    expect((await ask("big.example.test", "A", { transport: "tcp" })).answers).toHaveLength(200);
  });

  test("a change is told to the running server; a restarted one serves again", async () => {
    instance.api.put(resources.services, service("late", { clusterIP: "10.202.0.30", ports: [{ port: 80 }] }));
    await expect.poll(async () => data(await ask("late.shop.svc.cluster.local", "A"))).toEqual(["10.202.0.30"]);
    instance.api.drop(resources.services, "shop", "late");
    await expect.poll(async () => rcode(await ask("late.shop.svc.cluster.local", "A"))).toBe(3);
    await server.close();
    // The descriptor of a closed server is gone with it: the supervisor opens or keeps its own.
    for (const socket of sockets) socket.close();
    const { layout } = instance.world;
    sockets = [
      await openSocketInNamespace(layout.netns, layout.dnsAddress, 53, "udp"),
      await openSocketInNamespace(layout.netns, layout.dnsAddress, 53, "tcp"),
    ];
    server = await start();
    await expect.poll(async () => rcode(await ask("db.shop.svc.cluster.local", "A"))).toBe(0);
  });

  test("the node may ask, nobody from outside", async () => {
    expect(data(await ask("db.shop.svc.cluster.local", "A", { from: host }))).toEqual(["10.202.0.20"]);
    const outside = await instance.world.station("outside");
    await expect(ask("db.shop.svc.cluster.local", "A", { from: outside })).rejects.toThrow(
      /timeout|ENETUNREACH|EHOSTUNREACH/,
    );
  });

  test("a pod that no egress rule lets may not ask either", async () => {
    instance.policy("shop", "closed", { podSelector: {}, policyTypes: ["Egress"], egress: [] });
    await instance.settled();
    await expect(ask("db.shop.svc.cluster.local", "A")).rejects.toThrow(/EHOSTUNREACH/);
    instance.policy("shop", "dns", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [{ ipBlock: { cidr: `${instance.world.layout.dnsAddress}/32` } }],
          ports: [{ port: 53, protocol: "UDP" }],
        },
      ],
    });
    await instance.settled();
    expect(data(await ask("db.shop.svc.cluster.local", "A"))).toEqual(["10.202.0.20"]);
    await expect(ask("db.shop.svc.cluster.local", "A", { transport: "tcp" })).rejects.toThrow(/ECONNREFUSED/);
  });
});
