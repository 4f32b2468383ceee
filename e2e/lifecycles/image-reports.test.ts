import {
  type ImageReport,
  type ImageReportSummary,
  type OpenReport,
  openReportsGroup,
  securityGroup,
} from "@bulkhead/api";
import { hasReason, resourceOf, resources } from "@bulkhead/client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "./api-server.ts";

const openReports = resourceOf<OpenReport>({
  group: openReportsGroup,
  version: "v1alpha1",
  resource: "reports",
  kind: "Report",
  namespaced: true,
});
const imageReports = resourceOf<ImageReport>({
  group: securityGroup,
  version: "v1alpha1",
  resource: "imagereports",
  kind: "ImageReport",
  namespaced: false,
});

const digest = `sha256:${"e".repeat(64)}`;
const name = { namespace: "", name: digest.replace(":", "-") };
const ours = { namespace: "told", name: "bulkhead-images" };
const within = { timeout: 40_000, interval: 200 };

const summary = (more: Partial<ImageReportSummary> = {}): ImageReportSummary => ({
  digest,
  images: [`registry.example/web@${digest}`],
  namespaces: ["told"],
  scannedAt: "2026-11-20T00:00:00Z",
  matchedAt: "2026-11-20T00:00:00Z",
  worst: { findings: [], endOfLife: [], misconfigurations: [], secrets: [] },
  sources: [{ name: "debian-tracker", records: 1, checkedAt: "2026-11-20T00:00:00Z" }],
  blindSpots: [],
  ...more,
});

let cluster: Cluster;
/** A namespace with a pod that waits to run the image. */
async function runIn(namespace: string): Promise<void> {
  await cluster.admin.create(resources.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  await cluster.admin.create(resources.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace },
    spec: { containers: [{ name: "web", image: `registry.example/web@${digest}` }] },
  });
}
beforeAll(async () => {
  cluster = await startCluster();
  await runIn("told");
});
afterAll(() => cluster.close());

const shown = async (): Promise<unknown> => {
  const report = await cluster.admin.get(openReports, ours);
  return report.results?.map(({ policy, result }) => [policy, result]);
};

it("a namespace that runs an image has one report, which follows what is known of it", async () => {
  await vi.waitFor(async () => expect(await shown()).toEqual([["image", "error"]]), within);
  await cluster.admin.create(imageReports, {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "ImageReport",
    metadata: { name: name.name },
    report: summary(),
  });
  await vi.waitFor(async () => expect(await shown()).toEqual([["image", "pass"]]), within);
});

it("matched anew with the same outcome it is not written again; with a malicious package it says fail", async () => {
  const before = await cluster.admin.get(openReports, ours);
  await cluster.admin.patch(imageReports, name, "merge", { report: { matchedAt: "2026-11-21T00:00:00Z" } });
  // What is looked at in order and asked for later is written later: by then the first would have been.
  await runIn("marker");
  await vi.waitFor(() => cluster.admin.get(openReports, { ...ours, namespace: "marker" }), within);
  expect((await cluster.admin.get(openReports, ours)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  const finding = {
    id: "MAL-2026-1",
    aliases: [],
    package: "left-pad 1.0",
    severity: "unknown",
    malicious: true,
  } as const;
  const worst = { findings: [finding], endOfLife: [], misconfigurations: [], secrets: [] };
  await cluster.admin.patch(imageReports, name, "merge", { report: { worst } });
  await vi.waitFor(
    async () =>
      expect(await shown()).toEqual([
        ["image", "fail"],
        ["MAL-2026-1", "fail"],
      ]),
    within,
  );
  const after = await cluster.admin.get(openReports, ours);
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.summary).toEqual({ pass: 0, fail: 2, warn: 0, error: 0, skip: 0 });
});

it("where nothing runs any more there is none", async () => {
  await cluster.admin.delete(resources.pods, { namespace: "told", name: "web" }, { gracePeriodSeconds: 0 });
  await vi.waitFor(async () => {
    const gone = await cluster.admin.get(openReports, ours).catch((error: unknown) => error);
    expect(hasReason(gone, "NotFound")).toBe(true);
  }, within);
});
