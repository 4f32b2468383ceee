import type { Deployment, ImageReport, KubeObject } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { kinds } from "../../snapshot/kinds.ts";
import { ObjectSet } from "../../snapshot/object-set.ts";
import { Evaluation } from "../evaluate.ts";
import { imagesControls } from "./images.ts";

const digest = `sha256:${"a".repeat(64)}`;
const now = Date.parse("2026-11-21T00:00:00Z");
const day = 86_400_000;

const deployment = (image: string, name = "web"): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image }] } },
  },
});
const pinned = `registry.example/shop/web:1.4@${digest}`;

const report = (more: Partial<ImageReport["report"]> = {}, of = digest): ImageReport => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageReport",
  metadata: { name: of.replace(":", "-") },
  report: {
    digest: of,
    images: ["registry.example/shop/web:1.4"],
    namespaces: ["shop"],
    scannedAt: "2026-11-20T00:00:00Z",
    sources: [{ name: "osv", records: 1, checkedAt: "2026-11-20T00:00:00Z" }],
    blindSpots: [],
    worst: { findings: [], endOfLife: [], misconfigurations: [], secrets: [] },
    ...more,
  },
});
const worst = (more: Partial<NonNullable<ImageReport["report"]["worst"]>>) => ({
  worst: { findings: [], endOfLife: [], misconfigurations: [], secrets: [], ...more },
});
const flaw = { id: "CVE-2026-1", aliases: [], package: "openssl 3.0.14", severity: "critical" as const };

const evaluate = (objects: readonly KubeObject[], unread: readonly string[] = []): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(
      objects,
      unread.map((kind) => ({ kind, why: "forbidden" })),
    ),
    controls: imagesControls,
    settings: { defaults: "kubernetes", podSecurityDefault: "privileged", network: { nodeIps: [], closed: [] } },
    now,
  });
const lines = (evaluation: Evaluation): string[] =>
  evaluation
    .findings()
    .map(({ control, outcome, breach, why }) => `${outcome} ${control.id} ${breach?.key ?? why ?? ""}`)
    .toSorted();

const content = [
  "image-critical-fixable",
  "image-end-of-life",
  "image-exploited",
  "image-malicious-package",
  "image-not-scanned",
  "image-secret-inside",
];

test("an image that is named by its digest and was found clean breaks nothing", () => {
  expect(lines(evaluate([deployment(pinned), report()]))).toEqual([]);
});

describe("one fault in a clean image fires one control", () => {
  test.each<[string, readonly KubeObject[], string[]]>([
    ["a tag alone", [deployment("registry.example/shop/web:1.4"), report()], ["fail image-not-pinned web"]],
    [
      "no tag",
      [deployment("registry.example/shop/web"), report({ images: ["registry.example/shop/web"] })],
      ["fail image-tag-latest web"],
    ],
    [
      "exploited and critical and old",
      [
        deployment(pinned),
        report(worst({ findings: [{ ...flaw, exploited: true, fixedVersion: "3", fixedAt: now - 90 * day }] })),
      ],
      ["fail image-exploited web CVE-2026-1 openssl 3.0.14"],
    ],
    [
      "critical and old",
      [deployment(pinned), report(worst({ findings: [{ ...flaw, fixedVersion: "3", fixedAt: now - 15 * day }] }))],
      ["fail image-critical-fixable web"],
    ],
    [
      "malicious",
      [deployment(pinned), report(worst({ findings: [{ ...flaw, malicious: true, exploited: true }] }))],
      ["fail image-malicious-package web CVE-2026-1 openssl 3.0.14"],
    ],
    [
      "at its end",
      [deployment(pinned), report(worst({ endOfLife: [{ name: "debian 10", since: "2024-06-30" }] }))],
      ["fail image-end-of-life web debian 10"],
    ],
    [
      "a secret",
      [deployment(pinned), report(worst({ secrets: [{ rule: "private-key", path: "/id" }] }))],
      ["fail image-secret-inside web /id"],
    ],
    [
      "old advisories",
      [
        deployment(pinned),
        report({ sources: [{ name: "osv", records: 1, checkedAt: "2026-01-01T00:00:00Z", stale: "frozen" }] }),
      ],
      ["fail image-advisories-stale osv"],
    ],
  ])("%s", (_, objects, expected) => {
    expect(lines(evaluate(objects))).toEqual(expected);
  });
});

describe("what nobody looked into never passes", () => {
  const outcomes = (evaluation: Evaluation): string[] =>
    evaluation
      .findings()
      .map(({ control, outcome }) => `${outcome} ${control.id}`)
      .toSorted();
  test.each<[string, readonly KubeObject[], string[]]>([
    ["no report", [deployment(pinned)], []],
    ["a report of another digest", [deployment(pinned), report({}, `sha256:${"b".repeat(64)}`)], []],
    ["reports cannot be read", [deployment(pinned)], [kinds.imageReport.key]],
  ])("%s", (_, objects, unread) => {
    expect(outcomes(evaluate(objects, unread))).toEqual(content.map((id) => `unknown ${id}`));
  });

  test("a report without a scan", () => {
    const { scannedAt: _, worst: __, ...waiting } = report().report;
    const evaluation = evaluate([deployment(pinned), { ...report(), report: waiting } as ImageReport]);
    expect(outcomes(evaluation)).toEqual(
      content.map((id) => `${id === "image-not-scanned" ? "fail" : "unknown"} ${id}`).toSorted(),
    );
  });

  test("a scan that was held against no advisories knows its files and nothing of flaws", () => {
    expect(outcomes(evaluate([deployment(pinned), report({ sources: [] })]))).toEqual([
      "fail image-advisories-stale",
      "unknown image-critical-fixable",
      "unknown image-exploited",
      "unknown image-malicious-package",
    ]);
  });
});

test("a report that comes, changes and goes is followed, and touches no other image's checks", () => {
  const other = `sha256:${"c".repeat(64)}`;
  const objects = [
    deployment(pinned),
    deployment(`registry.example/shop/db@${other}`, "db"),
    report({ images: ["registry.example/shop/db"] }, other),
  ];
  const evaluation = evaluate(objects);
  const secret = report(worst({ secrets: [{ rule: "private-key", path: "/id" }] }));
  for (const step of [report(), secret, report()]) {
    const delta = evaluation.apply([
      { kind: kinds.imageReport.key, namespace: "", name: step.metadata.name ?? "", object: step },
    ]);
    for (const { object } of [...delta.appeared, ...delta.gone]) expect(object.name).toBe("web");
    expect(lines(evaluation)).toEqual(lines(evaluate([...objects, step])));
  }
  evaluation.apply([{ kind: kinds.imageReport.key, namespace: "", name: digest.replace(":", "-") }]);
  expect(lines(evaluation)).toEqual(lines(evaluate(objects)));
});

test("a tag that runs under two digests is judged by both, and each place is said once", () => {
  const both = [report(worst({ secrets: [{ rule: "key", path: "/id" }] }))];
  const second = report(worst({ secrets: [{ rule: "key", path: "/id" }] }), `sha256:${"b".repeat(64)}`);
  expect(lines(evaluate([deployment("registry.example/shop/web:1.4"), ...both, second]))).toEqual([
    "fail image-not-pinned web",
    "fail image-secret-inside web /id",
  ]);
});
