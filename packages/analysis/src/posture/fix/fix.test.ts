import { applyJsonPatch, type KubeObject, yamlLines } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { kinds } from "../../snapshot/kinds.ts";
import { ObjectSet } from "../../snapshot/object-set.ts";
import { type Control, objectControl } from "../control.ts";
import { workloadPrivileged } from "../controls/workload-privileged/control.ts";
import { Evaluation } from "../evaluate.ts";
import { refOf } from "../workload.ts";
import { applies } from "./apply.ts";
import { arranged } from "./fix-of.ts";
import { fixPlan } from "./plan.ts";
import { planDiffs } from "./unified-diff.ts";

const deployment = (...privileged: readonly (readonly [string, boolean])[]): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels: { tier: "front", old: "yes" } },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: privileged.map(([name, value]) => ({
            name,
            image: `registry.example/${name}`,
            securityContext: { privileged: value },
          })),
        },
      },
    },
  }) as KubeObject;

const evaluate = (objects: readonly KubeObject[], controls: readonly Control[]): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(objects),
    controls,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  });

/** A control that wants a ConfigMap's key to be of a value, or gone. */
const wants = (id: string, key: string, value: string | undefined, breaks?: string): Control =>
  objectControl(kinds.configMap, {
    ...workloadPrivileged,
    id,
    severity: id.startsWith("grave") ? "critical" : "low",
    check: ({ data }) =>
      data?.[key] === value ? [] : [{ field: `data.${key}`, says: `${key} is not ${value ?? "gone"}` }],
    fix: (object, { field }) => ({
      kind: "edits",
      edits: [
        value === undefined
          ? { op: "remove", object: refOf(object), field }
          : { op: "set", object: refOf(object), field, value },
      ],
      ...(breaks === undefined ? {} : { breaks }),
    }),
  });

const settings: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "shop" },
  data: { mode: "loose", debug: "yes" },
} as KubeObject;

describe("a plan", () => {
  test("fixes what it can, takes the snapshot back, and says what an apply sets and nothing else", () => {
    const object = deployment(["web", true], ["side", true]);
    const evaluation = evaluate([object], [workloadPrivileged]);
    const plan = fixPlan(evaluation, evaluation.findings());
    expect(plan.planned.map(({ kind }) => kind)).toEqual(["fixed", "fixed"]);
    expect(evaluation.findings()).toHaveLength(2);
    expect(evaluation.objects.get(kinds.deployment, "shop", "web")).toBe(object);
    expect(applies(plan.documents)).toEqual([
      {
        object: refOf(object),
        apply: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web", namespace: "shop" },
          spec: {
            template: {
              spec: {
                containers: [
                  { name: "web", securityContext: { privileged: false } },
                  { name: "side", securityContext: { privileged: false } },
                ],
              },
            },
          },
        },
      },
    ]);
  });

  test("of two that want different things the graver has its way, and the other is told", () => {
    const evaluation = evaluate([settings], [wants("grave", "mode", "tight"), wants("small", "mode", "free")]);
    const plan = fixPlan(evaluation, evaluation.findings());
    expect(plan.planned.map(({ kind, finding }) => [finding.control.id, kind])).toEqual([
      ["grave", "fixed"],
      ["small", "by-hand"],
    ]);
    expect(
      plan.conflicts.map(({ finding, with: others }) => [finding.control.id, others.map((o) => o.control.id)]),
    ).toEqual([["small", ["grave"]]]);
    expect(plan.documents[0]?.after).toMatchObject({ data: { mode: "tight" } });
  });

  test("what goes is a patch that tests first", () => {
    const evaluation = evaluate([settings], [wants("grave", "debug", undefined)]);
    const [request] = applies(fixPlan(evaluation, evaluation.findings()).documents);
    expect(request?.apply).toBeUndefined();
    expect(request?.patch).toEqual([
      { op: "test", path: "/data/debug", value: "yes" },
      { op: "remove", path: "/data/debug" },
    ]);
    expect(applyJsonPatch(settings, request?.patch ?? [])).toMatchObject({ data: { mode: "loose" } });
  });

  test("what would break something is not carried out, unless asked for", () => {
    const control = wants("grave", "mode", "tight", "the job reads mode loose");
    const evaluation = evaluate([settings], [control]);
    expect(fixPlan(evaluation, evaluation.findings())).toMatchObject({
      planned: [{ kind: "would-break", breaks: "the job reads mode loose" }],
      documents: [],
    });
    expect(fixPlan(evaluation, evaluation.findings(), { evenIfItBreaks: true }).documents).toHaveLength(1);
    const seen = evaluate([settings], [wants("grave", "mode", "tight")]);
    const observed = (): string => "something was seen to read it";
    expect(fixPlan(seen, seen.findings(), { observed }).planned[0]?.kind).toBe("would-break");
  });

  test("edits that do not put it right are not carried out", () => {
    const idle: Control = { ...wants("grave", "mode", "tight"), fix: () => ({ kind: "edits", edits: [] }) };
    const evaluation = evaluate([settings], [idle]);
    expect(fixPlan(evaluation, evaluation.findings())).toMatchObject({ planned: [{ kind: "by-hand" }], documents: [] });
  });
});

test("edits that take elements out of a list take the last out first", () => {
  const object = refOf(settings);
  const edits = [0, 2, 1].map((index) => ({ op: "remove", object, field: `spec.list[${index}]` }) as const);
  expect(arranged([...edits, ...edits]).map((edit) => ("field" in edit ? edit.field : ""))).toEqual([
    "spec.list[2]",
    "spec.list[1]",
    "spec.list[0]",
  ]);
});

describe("diffs", () => {
  test("of an object from a file change that file and keep the rest", () => {
    const object = deployment(["web", true]);
    const yaml = [...yamlLines(object)].join("");
    const text = `# ours\n---\n${yaml}---\n# theirs\nkind: Other\n`;
    const evaluation = evaluate([object], [workloadPrivileged]);
    const { documents } = fixPlan(evaluation, evaluation.findings());
    const lastLine = 2 + yaml.split("\n").length - 1;
    const diffs = planDiffs(documents, () => ({ file: "deploy/web.yaml", text, firstLine: 3, lastLine }));
    expect(diffs).toHaveLength(1);
    expect(diffs[0]?.text).toContain("-          privileged: true\n+          privileged: false\n");
    expect(diffs[0]?.text.split("\n").filter((line) => /^[-+] /.test(line))).toHaveLength(2);
  });
});
