import type { ImageReport, KubeObject } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { ObjectSet, type UnreadKind } from "../../snapshot/object-set.ts";
import { workloadPrivileged } from "../controls/workload-privileged/control.ts";
import { Evaluation } from "../evaluate.ts";
import { bestChanges } from "./best-changes.ts";
import { type RankedFinding, rank } from "./rank.ts";
import { riskSummary } from "./summary.ts";

const metadata = { name: "web", namespace: "shop" };
const web: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata,
  spec: {
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        automountServiceAccountToken: false,
        containers: [
          {
            name: "web",
            image: "registry.example/web:1",
            ports: [{ containerPort: 8080 }],
            securityContext: { privileged: true },
          },
        ],
      },
    },
  },
} as KubeObject;
const service = (type: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type, selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
  }) as KubeObject;
const deny: KubeObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "deny", namespace: "shop" },
  spec: { podSelector: {}, policyTypes: ["Ingress"] },
} as KubeObject;
const digest = `sha256:${"1".repeat(64)}`;
const imageReport: KubeObject = {
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageReport",
  metadata: { name: digest.replace(":", "-") },
  report: {
    digest,
    images: ["registry.example/web:1"],
    namespaces: ["shop"],
    counts: { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0, exploited: 0, malicious: 0 },
    sources: [{ name: "osv", records: 1, checkedAt: "2026-11-20T00:00:00Z" }],
    blindSpots: [],
  },
} as KubeObject;

const evaluate = (objects: readonly KubeObject[], unread: readonly UnreadKind[] = []): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(objects, unread),
    controls: [workloadPrivileged],
    settings: { defaults: "kubernetes", podSecurityDefault: "privileged", network: { nodeIps: [], closed: [] } },
    now: 0,
  });

const only = (objects: readonly KubeObject[], unread?: readonly UnreadKind[]): RankedFinding => {
  const [first] = rank(evaluate(objects, unread));
  if (first === undefined) throw new Error("nothing was found");
  return first;
};
const times = ({ factors }: RankedFinding): Record<string, number> =>
  Object.fromEntries(factors.map((factor) => [factor.name, factor.times]));

test("a risk is its severity's weight times its factors, each with its reason", () => {
  const found = only([web, imageReport]);
  expect(found.known).toBe(true);
  expect(found.risk).toBeCloseTo(
    found.factors.reduce((all, factor) => all * factor.times, found.weight),
    2,
  );
  for (const { because } of found.factors) expect(because).toMatch(/^.{10,}[^.]$/);
});

test("what leads in from outside counts only where the network decider lets it in", () => {
  const open = only([web, service("LoadBalancer")]);
  const closed = only([web, service("LoadBalancer"), deny]);
  const inside = only([web, service("ClusterIP")]);
  expect(times(open)["reachable"]).toBeGreaterThan(times(inside)["reachable"] ?? 0);
  expect(times(inside)["reachable"]).toBeGreaterThan(times(closed)["reachable"] ?? 0);
  const reason = closed.factors.find(({ name }) => name === "reachable");
  expect(reason?.because).toContain("deny");
  expect(reason?.through.map(({ kind }) => kind)).toContain("NetworkPolicy");
});

test("what could not be looked at is shown as unknown, never lowers a risk, and lowers what is claimed", () => {
  const known = only([web, imageReport]);
  const blind = only([web], [{ kind: "security.bulkhead.dev/ImageReport", why: "forbidden" }]);
  expect(blind.risk).toBeGreaterThanOrEqual(known.risk);
  expect(blind.factors.find(({ name }) => name === "vulnerable")).toMatchObject({ known: false });
  expect(riskSummary(evaluate([web, imageReport])).claim).toBe("whole");
  const summary = riskSummary(evaluate([web], [{ kind: "security.bulkhead.dev/ImageReport", why: "forbidden" }]));
  expect(summary.claim).toBe("in part");
  expect(summary.because.join()).toContain("forbidden");
});

test("the change that removes most risk comes first, with what goes and nothing left behind", () => {
  const evaluation = evaluate([web, imageReport]);
  const before = rank(evaluation);
  const [best, ...others] = bestChanges(evaluation);
  expect(others).toEqual([]);
  expect(best).toMatchObject({ after: 0, appeared: [], objects: [{ kind: "Deployment", name: "web" }] });
  expect(best?.before).toBe(before[0]?.risk);
  expect(best?.gone.map(({ id }) => id)).toEqual(before.map(({ finding }) => finding.id));
  expect(rank(evaluation)).toEqual(before);
});

describe("what is known of an image", () => {
  const report = (imageReport as ImageReport).report;
  const told = (more: Partial<ImageReport["report"]>): RankedFinding["factors"][number] | undefined =>
    only([web, { ...imageReport, report: { ...report, ...more } } as KubeObject]).factors.find(
      ({ name }) => name === "vulnerable",
    );

  test("is found where a tag names it and its report says which digest that is", () => {
    expect(told({ images: [`registry.example/web:1@${digest}`] })).toMatchObject({ times: 1, known: true });
  });

  test("is not known where it was held against no advisories", () => {
    expect(told({ sources: [] })).toMatchObject({ known: false, because: expect.stringContaining("no advisories") });
  });

  test("is what the image decider finds in the workload's own namespace, where one name means two images", () => {
    const elsewhere = {
      ...imageReport,
      metadata: { name: `sha256-${"2".repeat(64)}` },
      report: {
        ...report,
        digest: `sha256:${"2".repeat(64)}`,
        namespaces: ["z"],
        counts: { ...report.counts, malicious: 1 },
      },
    } as KubeObject;
    const vulnerable = only([web, imageReport, elsewhere]).factors.find(({ name }) => name === "vulnerable");
    expect(vulnerable).toMatchObject({ times: 1, known: true });
  });
});
