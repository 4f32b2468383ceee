import { expect, test } from "vitest";
import { controls as shipped } from "../posture/controls/index.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import { oscalResults } from "./oscal.ts";
import { postureReport } from "./posture-report.ts";

const pod = (name: string, privileged: boolean) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name },
  spec: { containers: [{ name: "c", image: "x", securityContext: { privileged } }] },
});
const cards = shipped
  .filter(({ id }) => ["workload-privileged", "workload-host-pid", "api-anonymous-auth"].includes(id))
  .toSorted((a, b) => (a.id < b.id ? -1 : 1));
const results = (at = "2026-11-21T12:00:00Z") => {
  const evaluation = new Evaluation({
    objects: new ObjectSet(
      [pod("bad", true), pod("good", false)],
      [{ kind: "facts.bulkhead.dev/ControlPlaneFacts", why: "nobody looked" }],
    ),
    controls: cards,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: Date.parse("2026-11-21T12:00:00Z"),
  });
  return oscalResults(postureReport(evaluation), { of: "k8s", at, version: "0.1.0", cards });
};

/** OSCAL's own patterns for what it calls UUID, token and string. */
const uuid = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$/;
const token = /^(\p{L}|_)(\p{L}|\p{N}|[.\-_])*$/u;
const string = /^\S(.*\S)?$/;

test("a control is satisfied only where it was seen to hold; what is not known is not", () => {
  const [result] = results()["assessment-results"].results;
  expect(
    result.findings?.map(({ target }) => [target["target-id"], target.status.state, target.status.reason]),
  ).toEqual([
    ["api-anonymous-auth", "not-satisfied", "other"],
    ["workload-host-pid", "satisfied", "pass"],
    ["workload-privileged", "not-satisfied", "fail"],
  ]);
  expect(result.findings?.[0]?.target.status.remarks).toContain("nobody looked");
});

test("every identifier has OSCAL's form, is there once, and every reference leads somewhere", () => {
  const document = results();
  const [result] = document["assessment-results"].results;
  const ids: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "uuid") ids.push(String(inner));
      if (key.endsWith("uuid")) expect(inner).toMatch(uuid);
      if (key === "name" || key.endsWith("-id")) expect(inner).toMatch(token);
      if (key === "value") expect(inner).toMatch(string);
      expect(inner, key).not.toBe("");
      if (Array.isArray(inner)) expect(inner.length, key).toBeGreaterThan(0);
      walk(inner);
    }
  };
  walk(document);
  expect(new Set(ids).size).toBe(ids.length);
  for (const finding of result.findings ?? [])
    for (const related of finding["related-observations"] ?? [])
      expect(result.observations?.map(({ uuid: id }) => id)).toContain(related["observation-uuid"]);
  const items = result["local-definitions"]?.["inventory-items"].map(({ uuid: id }) => id);
  for (const { subjects } of result.observations ?? [])
    for (const subject of subjects) expect(items).toContain(subject["subject-uuid"]);
});

test("the same look gives the same document, another one other identifiers", () => {
  expect(results()).toEqual(results());
  expect(results("2026-11-22T12:00:00Z")["assessment-results"].uuid).not.toBe(results()["assessment-results"].uuid);
});
