import type {
  Exception,
  FindingFacts,
  ImageReportSummary,
  ImageTrustPolicySpec,
  OpenReport,
  OpenReportResult,
  Pod,
} from "@bulkhead/api";
import { normaliseExceptions, normaliseImages } from "@bulkhead/policy";
import { describe, expect, test } from "vitest";
import { makePod } from "../test-objects.ts";
import { imagesKey, namespaceImages } from "./namespace-images.ts";
import { planReport } from "./plan.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** A pod that runs `r.example/NAME` by digest. */
function running(name: string, of: string, more: Partial<Pod["status"]> = {}): Pod {
  const pod = makePod({
    name: `${name}-7d9f-x`,
    labels: { "pod-template-hash": "7d9f" },
    owner: { kind: "ReplicaSet", name: `${name}-7d9f`, uid: "u" },
    spec: { containers: [{ name: "c", image: `r.example/${name}` }] },
  });
  const status = { ...pod.status, containerStatuses: [{ name: "c", imageID: `r.example/${name}@${of}` }], ...more };
  return { ...pod, status: status as Pod["status"] & object };
}

const flaw = (id: string, more: Partial<FindingFacts> = {}): FindingFacts => ({
  id,
  aliases: [],
  package: "openssl 3.0.11-1",
  severity: "high",
  fixedVersion: "3.0.11-2",
  ...more,
});

function summary(
  of: string,
  findings: readonly FindingFacts[],
  more: Partial<ImageReportSummary> = {},
): ImageReportSummary {
  const level = (severity: string): number => findings.filter((f) => f.severity === severity).length;
  return {
    digest: of,
    images: [],
    namespaces: ["n"],
    scannedAt: "2026-11-20T00:00:00Z",
    counts: {
      critical: level("critical"),
      high: level("high"),
      medium: level("medium"),
      low: level("low"),
      negligible: 0,
      unknown: 0,
      fixable: 0,
      exploited: 0,
      malicious: 0,
      misconfigurations: 0,
      secrets: 0,
    },
    worst: { findings, endOfLife: [], misconfigurations: [], secrets: [] },
    sources: [{ name: "debian-tracker", records: 1, checkedAt: "2026-11-20T00:00:00Z" }],
    blindSpots: [],
    ...more,
  };
}

const spec: ImageTrustPolicySpec = { allow: [{ registry: "r.example", repositories: ["*"] }] };

function report(
  pods: readonly Pod[],
  summaries: readonly ImageReportSummary[],
  asks: Partial<ImageTrustPolicySpec> = {},
  exceptions: readonly Exception[] = [],
): OpenReport | undefined {
  const by = new Map(summaries.map((s) => [s.digest, s]));
  const policy = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "ImageTrustPolicy",
    metadata: { name: "p" },
    spec: { ...spec, ...asks },
  };
  return planReport({
    namespace: "n",
    images: namespaceImages(pods),
    summaryOf: (of) => by.get(of),
    rules: normaliseImages({
      policies: [policy],
      namespaces: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } }],
      exceptions: normaliseExceptions(exceptions, now),
    }),
    now,
  });
}

const shown = (made: OpenReport | undefined): unknown[] =>
  made?.results?.map(({ policy, result, severity }) => [policy, result, severity]) ?? [];
const resultOf = (made: OpenReport | undefined, policy: string): OpenReportResult | undefined =>
  made?.results?.find((r) => r.policy === policy);

const web = running("web", digest("a"));
const strict = { vulnerabilities: { highest: "Medium" } } as const;

describe("a report", () => {
  test("is none where nothing runs, or all is over", () => {
    expect(report([], [])).toBeUndefined();
    expect(report([running("web", digest("a"), { phase: "Succeeded" })], [])).toBeUndefined();
  });

  test("says pass of an image of which nothing bad is known, and everything is", () => {
    expect(shown(report([web], [summary(digest("a"), [])]))).toEqual([["image", "pass", "info"]]);
  });

  test.each<readonly [string, Partial<ImageReportSummary> | undefined, string]>([
    ["was not scanned", undefined, "error"],
    ["is not scanned yet", { scannedAt: undefined }, "error"],
    ["could not be scanned", { failure: "a layer is broken" }, "error"],
    ["has no advisories to be matched with", { sources: [] }, "warn"],
    ["has stale advisories", { sources: [{ name: "s", records: 1, checkedAt: "", stale: "old" }] }, "warn"],
    ["could not be looked into", { blindSpots: [{ what: "layer", where: "x" }] }, "warn"],
  ])("never says pass of one that %s", (_, more, result) => {
    const known = more === undefined ? [] : [summary(digest("a"), [], more)];
    expect(resultOf(report([web], known), "image")?.result).toBe(result);
  });

  test("says fail of what the policy refuses, warn of what nobody asks about, skip of what is lifted or not affected", () => {
    const findings = [
      flaw("CVE-1"),
      flaw("CVE-2"),
      flaw("CVE-3", { severity: "low" }),
      flaw("CVE-4", { severity: "low", notAffectedBy: ["us"] }),
    ];
    const exception: Exception = {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "Exception",
      metadata: { name: "e", namespace: "n" },
      spec: {
        decider: "image",
        rule: "vulnerability",
        subject: { kind: "Deployment", name: "web" },
        value: "CVE-2",
        reason: "r",
        author: "a",
        expires: "2026-12-01T00:00:00Z",
      },
    };
    const made = report([web], [summary(digest("a"), findings)], strict, [exception]);
    expect(shown(made)).toEqual([
      ["image", "fail", "high"],
      ["CVE-1", "fail", "high"],
      ["CVE-3", "warn", "low"],
      ["CVE-2", "skip", "high"],
      ["CVE-4", "skip", "low"],
    ]);
    expect(made?.summary).toEqual({ pass: 0, fail: 2, warn: 1, error: 0, skip: 2 });
    expect(resultOf(made, "CVE-1")).toMatchObject({
      rule: "openssl",
      category: "Vulnerability",
      scored: true,
      timestamp: { seconds: Date.parse("2026-11-20T00:00:00Z") / 1000, nanos: 0 },
      resources: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "n" }],
      properties: { installedVersion: "3.0.11-1", digest: digest("a"), imageTrustPolicy: "p" },
    });
    expect(resultOf(made, "CVE-2")?.message).toContain("until 2026-12-01");
  });

  test("says fail of an image that no policy lists any more", () => {
    const made = report([web], [summary(digest("a"), [flaw("CVE-1")])], { allow: [] });
    expect(shown(made)).toEqual([
      ["image", "fail", "high"],
      ["CVE-1", "warn", "high"],
    ]);
  });

  test("tells of secrets, configuration and ended support, as the policy weighs them", () => {
    const worst = {
      findings: [],
      endOfLife: [{ name: "debian 10", since: "2024-06-30" }],
      misconfigurations: [{ id: "root-user", severity: "high", says: "runs as root" }],
      secrets: [{ rule: "private-key", path: "etc/key" }],
    } as const;
    const made = report([web], [summary(digest("a"), [], { worst })], { secrets: "Refuse", endOfLife: "Warn" });
    expect(shown(made)).toEqual([
      ["image", "fail", "info"],
      ["secret", "fail", "high"],
      ["root-user", "warn", "high"],
      ["end-of-life", "warn", "medium"],
    ]);
  });

  test("has the worst first, is bounded, and says how much is left out", () => {
    const many = Array.from({ length: 12 }, (_, i) => running(`app${i}`, digest(i.toString(16))));
    const findings = [
      flaw("MAL-1", { malicious: true, severity: "unknown" }),
      flaw("CVE-X", { exploited: true, severity: "low" }),
      ...Array.from({ length: 28 }, (_, i) => flaw(`CVE-${i}`, { severity: "critical" })),
    ];
    const made = report(
      many,
      many.map((_, i) => summary(digest(i.toString(16)), findings)),
    );
    expect(made?.results).toHaveLength(200);
    expect(made?.results?.slice(0, 12).every(({ policy }) => policy === "image")).toBe(true);
    expect(made?.results?.slice(12, 24).every(({ policy, result }) => policy === "MAL-1" && result === "fail")).toBe(
      true,
    );
    expect(made?.results?.slice(24, 36).every(({ policy }) => policy === "CVE-X")).toBe(true);
    expect(made?.metadata.annotations).toEqual({ "security.bulkhead.dev/results-left-out": String(12 * 31 - 200) });
    const total = Object.values(made?.summary ?? {}).reduce((sum, n) => sum + n, 0);
    expect(total).toBe(12 * 31);
  });

  test("gives no numbers of flaws where nothing was matched", () => {
    const made = resultOf(report([web], [summary(digest("a"), [], { sources: [] })]), "image");
    expect(made).not.toHaveProperty("severity");
    expect(made?.properties).toHaveProperty("secrets", "0");
    expect(made?.properties).not.toHaveProperty("critical");
  });

  test("says that the ImageReport itself does not hold all", () => {
    const one = summary(digest("a"), [flaw("CVE-1")]);
    const more = { ...one, counts: { ...one.counts, low: 40 } } as ImageReportSummary;
    expect(resultOf(report([web], [more]), "image")?.properties).toMatchObject({ findingsNotListed: "40", low: "40" });
  });

  test("is the same however pods are ordered, and when an image is only matched anew", () => {
    const db = running("db", digest("b"));
    const known = [summary(digest("a"), [flaw("CVE-1")]), summary(digest("b"), [flaw("CVE-1")])];
    const later = known.map((s) => ({ ...s, matchedAt: "2026-11-21T00:00:00Z" }));
    expect(report([db, web], later)).toEqual(report([web, db], known));
  });
});

test("what waits for its scan is named by its pinned digest; a pod's images are told apart from its other changes", () => {
  const waiting = makePod({ name: "p", spec: { containers: [{ name: "c", image: `r.example/web@${digest("c")}` }] } });
  expect(namespaceImages([waiting]).map((i) => [i.digest, i.subjects[0]?.kind])).toEqual([[digest("c"), "Pod"]]);
  expect(imagesKey(waiting)).toBe(imagesKey({ ...waiting, status: { ...waiting.status, podIP: "10.0.0.1" } }));
  expect(imagesKey(web)).not.toBe(imagesKey(running("web", digest("d"))));
  expect(imagesKey(running("web", digest("a"), { phase: "Failed" }))).toBe("");
});
