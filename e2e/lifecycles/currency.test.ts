import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CurrencySummary, currencySummaryName, type MachineInventory, type Node } from "@bulkhead/api";
import { currencySummaries, machineInventories, resources } from "@bulkhead/client";
import { lookupsOf } from "@bulkhead/controllers";
import { importAdvisories, openAdvisories } from "@bulkhead/images";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";

const within = { timeout: 40_000, interval: 100 };
const day = 86_400_000;
const start = Date.now();

let folder = "";
let database = "";
let cluster: Cluster;
let wake = (): void => undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bulkhead-currency-"));
  database = join(folder, "advisories.db");
  await taken([]);
  cluster = await startCluster({
    currency: {
      advisories: {
        open: (now) => {
          const opened = openAdvisories(database);
          return { ...lookupsOf(opened, now), close: () => opened.close() };
        },
        onChange: (told) => {
          wake = told;
        },
      },
    },
  });
  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "elsewhere" },
    status: {
      nodeInfo: {
        kubeletVersion: "v1.34.1",
        containerRuntimeVersion: "containerd://2.1.4",
        kernelVersion: "6.12.1",
        osImage: "Debian GNU/Linux 13 (trixie)",
      } as NonNullable<Node["status"]>["nodeInfo"] & object,
    },
  };
  const made = await cluster.admin.create(resources.nodes, node);
  await cluster.admin.update(resources.nodes, { ...made, ...node, metadata: made.metadata }, { subresource: "status" });
});
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

const advisory = (id: string, more: { readonly fixed?: string; readonly withdrawn?: boolean } = {}): object => ({
  id: `GO-${id}`,
  aliases: [`CVE-${id}`],
  modified: new Date(start).toISOString(),
  published: new Date(start - day).toISOString(),
  ...(more.withdrawn === true ? { withdrawn: new Date(start).toISOString() } : {}),
  summary: `about ${id}`,
  affected: [
    {
      package: { ecosystem: "Go", name: "k8s.io/kubernetes" },
      ranges: [
        { type: "SEMVER", events: [{ introduced: "0" }, ...(more.fixed === undefined ? [] : [{ fixed: more.fixed }])] },
      ],
    },
  ],
});

/** What the publishers say now, taken in from a folder as a person would. */
async function taken(go: readonly object[]): Promise<void> {
  const mirror = join(folder, "mirror");
  rmSync(mirror, { recursive: true, force: true });
  mkdirSync(join(mirror, "go"), { recursive: true });
  const other = { ...advisory("2020-1", { fixed: "1.2.0" }) };
  for (const [index, record] of [other, ...go].entries())
    writeFileSync(join(mirror, "go", `${index}.json`), JSON.stringify(record));
  await importAdvisories({ file: database, location: mirror, accept: true, now: Date.now() });
  wake();
}

const summary = async (): Promise<CurrencySummary["currency"]> =>
  (await cluster.admin.get(currencySummaries, { namespace: "", name: currencySummaryName })).currency;
const told = async (reason: string): Promise<readonly string[]> => {
  const { items } = await cluster.admin.list(resources.events, { namespace: "default" });
  return items.filter((event) => event.reason === reason).map(({ message }) => message ?? "");
};
const kubelet = "node/kubelet v1.34.1 CVE-2026-7";

it("an advisory appears, is fixed beyond us, is withdrawn: the summary follows each, and tells a flaw once", async () => {
  await vi.waitFor(async () => expect((await summary()).told).not.toContain(kubelet), within);
  await taken([advisory("2026-7")]);
  await vi.waitFor(async () => expect((await summary()).told).toContain(kubelet), within);
  await vi.waitFor(async () => {
    expect(await told("BecameVulnerable")).toEqual([expect.stringContaining("CVE-2026-7")]);
  }, within);
  expect((await summary()).counts.vulnerable).toBe(1);

  // A fix in a later release leaves this one as it is, and one in an earlier mends it.
  await taken([advisory("2026-7", { fixed: "1.34.2" }), advisory("2026-8", { fixed: "1.34.0" })]);
  await vi.waitFor(async () => {
    const { worst } = await summary();
    expect(worst.find(({ id }) => id === "node/kubelet v1.34.1")?.verdict).toBe("vulnerable");
  }, within);
  await taken([advisory("2026-7", { fixed: "1.34.1" })]);
  await vi.waitFor(async () => expect((await summary()).counts.vulnerable).toBe(0), within);

  await taken([advisory("2026-9")]);
  await vi.waitFor(async () => expect((await summary()).told).toContain("node/kubelet v1.34.1 CVE-2026-9"), within);
  await taken([advisory("2026-9", { withdrawn: true })]);
  await vi.waitFor(async () => expect((await summary()).told).toEqual([]), within);
  expect(await told("BecameVulnerable")).toHaveLength(2);
});

const machine = (support: { readonly until: string }): MachineInventory => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "MachineInventory",
  metadata: { name: "elsewhere" },
  machine: {
    lookedAt: new Date().toISOString(),
    items: [
      {
        kind: "runtime",
        name: "node",
        version: "24.0.0",
        origin: "here",
        vulnerabilities: [],
        gaps: [],
        remedy: "bulkhead current apply --bulkhead",
        support: { until: support.until, ended: false, from: "endoflife.date" },
      },
    ],
    unseen: [],
    sources: [],
    offers: [],
    holds: [],
    failed: [],
    acted: [],
  },
});

it("a machine that tells of itself is not guessed at; what it runs is over on its day, and a restart tells nothing twice", async () => {
  const ends = Date.now() + 8_000;
  await cluster.admin.create(machineInventories, machine({ until: new Date(ends).toISOString() }));
  await vi.waitFor(async () => {
    const { machines, endsNext } = await summary();
    expect(machines.map(({ name }) => name)).toEqual(["elsewhere"]);
    expect(endsNext.map(({ id }) => id)).toEqual(["runtime/node"]);
  }, within);
  await vi.waitFor(async () => {
    expect(await told("BecameUnsupported")).toEqual([expect.stringContaining("runtime/node")]);
  }, within);
  expect((await summary()).counts.unsupported).toBe(1);
  const before = (await cluster.admin.get(currencySummaries, { namespace: "", name: currencySummaryName })).metadata;
  await cluster.restartControllers();
  const there = await cluster.admin.get(machineInventories, { namespace: "", name: "elsewhere" });
  await cluster.admin.update(machineInventories, {
    ...there,
    machine: { ...there.machine, unseen: [{ what: "a marker", why: "it was written after the restart" }] },
  });
  await vi.waitFor(async () => expect((await summary()).unseen.map(({ what }) => what)).toContain("a marker"), within);
  expect(before.resourceVersion).toBeDefined();
  expect(await told("BecameUnsupported")).toHaveLength(1);
  expect(await told("FirstLook")).toHaveLength(2);
});
