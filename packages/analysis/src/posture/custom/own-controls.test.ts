import type { KubeObject } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ObjectSet } from "../../snapshot/object-set.ts";
import { riskSummary } from "../rank/summary.ts";
import { evaluateWithOwn, mostOwnControls, type OwnEvaluation, ownControls, ownKinds } from "./own-controls.ts";

const spec = {
  title: "Deployments run twice",
  attack: "One pod is none when its node goes.",
  severity: "medium",
  severityBecause: "it costs a minute",
  match: { kinds: ["apps/Deployment"] },
  expression: "object.spec.replicas >= 2",
  field: "spec.replicas",
  message: "one pod alone",
};
const control = (name: string, change: object = {}): KubeObject =>
  ({
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "PostureControl",
    metadata: { name },
    spec: { ...spec, ...change },
  }) as KubeObject;
const deployment = (name: string, replicas: number): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: { replicas, template: { spec: { containers: [{ name: "c", image: "x" }] } } },
  }) as KubeObject;

async function evaluate(objects: readonly KubeObject[], taken: readonly string[] = []): Promise<OwnEvaluation> {
  const own = await ownControls(
    objects.filter(({ kind }) => kind === "PostureControl"),
    taken,
  );
  return evaluateWithOwn({
    objects: new ObjectSet(objects),
    controls: [],
    own,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  });
}
const seen = ({ evaluation }: OwnEvaluation): string[] =>
  evaluation
    .findings()
    .map(({ control: { id }, object, outcome, why }) => `${id} ${object.name} ${outcome} ${why ?? ""}`.trim())
    .toSorted();

test("an object of the API is a control like any other, and its name is the control's", async () => {
  const found = await evaluate([control("run-twice"), deployment("one", 1), deployment("two", 2)]);
  expect(seen(found)).toEqual(["run-twice one fail"]);
  expect(found.own.map(({ name, reason }) => [name, reason])).toEqual([["run-twice", "Compiled"]]);
});

describe("one that does not count is an error, and never a pass", () => {
  test.each([
    ["does not compile", { expression: "object.spec.replicas >" }, [], "expression: line 1, column"],
    ["has a field mistyped", { mesage: "x" }, [], "mesage: is no field of a control"],
    ["is called as another", {}, ["run-twice"], "id: another control has this id"],
  ])("it %s", async (_, change, taken, says) => {
    const found = await evaluate([control("run-twice", change), deployment("one", 1)], taken);
    const [only, ...others] = found.evaluation.findings();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ outcome: "error", object: { kind: "PostureControl", name: "run-twice" } });
    expect(only?.why).toContain(says);
    expect(taken).not.toContain(only?.control.id);
    expect(found.own[0]?.reason).toBe("NotUnderstood");
    expect(riskSummary(found.evaluation)).toMatchObject({ errors: 1, claim: "in part" });
    for (const { passed } of found.evaluation.tallies()) expect(passed).toBe(0);
  });

  test("without a spec, as a hostile client might store one", async () => {
    const found = await evaluate([{ ...control("bare"), spec: undefined } as unknown as KubeObject]);
    expect(found.own[0]?.reason).toBe("NotUnderstood");
  });

  test("more than may be there, and kinds beyond what is looked at", async () => {
    const many = Array.from({ length: mostOwnControls + 2 }, (_, n) =>
      control(`own-${String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))}`),
    );
    expect((await evaluate(many)).own.map(({ reason }) => reason).filter((each) => each === "TooMany")).toHaveLength(2);
    const kinds = Array.from({ length: 17 }, (_, n) => `example.com/Kind${String.fromCharCode(65 + n)}`);
    const wide = [control("wide", { match: { kinds } })];
    expect(ownKinds(wide)).toHaveLength(16);
    expect((await evaluate(wide)).own[0]).toMatchObject({ reason: "TooMany" });
  });
});

const list = `[${Array.from({ length: 60 }, (_, i) => i).join()}]`;
const costly = `${list}.all(a, ${list}.all(b, a + b >= 0)) && object.spec.replicas >= 0`;

test("what stays within its bound on each object and costs too much on all is taken out whole, in any order", async () => {
  const objects = Array.from({ length: 300 }, (_, n) => deployment(`d${n}`, 1));
  const both = [control("costly", { expression: costly }), control("run-twice")];
  const [forth, back] = [await evaluate([...both, ...objects]), await evaluate([...objects.toReversed(), ...both])];
  expect(forth.own.map(({ name, reason }) => [name, reason])).toEqual([
    ["costly", "TooExpensive"],
    ["run-twice", "Compiled"],
  ]);
  expect(seen(forth).filter((line) => line.startsWith("costly"))).toHaveLength(1);
  expect(seen(back)).toEqual(seen(forth));
});

test("whatever stands in a PostureControl, it compiles or is refused, and nothing is thrown", async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom("object", "true", "object.spec", "[1,2].all(a, a > 0)", "containers.size() > 0"),
  );
  const hostile = fc.record(
    {
      title: text,
      attack: text,
      severity: fc.oneof(text, fc.constantFrom("high", "low")),
      severityBecause: text,
      match: fc.oneof(fc.constant({ kinds: ["apps/Deployment"] }), fc.jsonValue()),
      expression: text,
      field: text,
      message: text,
      fix: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (given) => {
      const object = { ...control("hostile"), spec: given } as unknown as KubeObject;
      const found = await evaluate([object, deployment("one", 1)]);
      const [own] = found.own;
      if (own?.reason !== "Compiled")
        expect(found.evaluation.findings().map(({ outcome }) => outcome)).toEqual(["error"]);
    }),
  );
});
