import type { KubeObject } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { ObjectSet, type UnreadKind } from "../../snapshot/object-set.ts";
import { controls } from "../controls/index.ts";
import { Evaluation } from "../evaluate.ts";
import { applyEdits } from "../fix/edit.ts";
import { compileControls } from "./custom-controls.ts";
import { readDefinition } from "./definition.ts";

const plain = {
  id: "our-registry-only",
  title: "Images come from our registry",
  attack: "It keeps foreign images out. Whoever pushes to a public registry is run by us. Then they hold our data.",
  severity: "high",
  severityBecause: "a foreign image is foreign code",
  frameworks: { nsa: ["supply-chain"] },
  match: { kinds: ["workloads"] },
  each: "containers",
  expression: "container.image.startsWith('registry.example/')",
  field: "image",
  messageExpression: "'container ' + container.name + ' comes from elsewhere'",
  fix: { edits: [{ op: "set", field: "{field}", value: "registry.example/web" }] },
};

const deployment = (image: string, labels: Record<string, string> = {}): KubeObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels },
    spec: { replicas: 3, template: { metadata: {}, spec: { containers: [{ name: "web", image, args: ["a", "b"] }] } } },
  }) as KubeObject;

async function evaluate(
  document: unknown,
  objects: readonly KubeObject[] = [deployment("docker.io/library/web")],
  unread: readonly UnreadKind[] = [],
): Promise<Evaluation> {
  const compiled = await compileControls([{ document, place: "test" }]);
  expect(compiled.problems).toEqual([]);
  return new Evaluation({
    objects: new ObjectSet(objects, unread),
    controls: compiled.controls,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  });
}

/** How an expression over an object comes out, and why it fails where it does. */
async function outcome(expression: string, object = deployment("a")): Promise<string> {
  const { messageExpression: _, ...rest } = plain;
  const evaluation = await evaluate(
    { ...rest, each: "object", match: { kinds: ["workloads"] }, expression, field: "spec", message: "no" },
    [object],
  );
  const [finding] = evaluation.findings();
  return finding === undefined ? "pass" : finding.outcome === "fail" ? "fail" : `${finding.outcome}: ${finding.why}`;
}

test("a control in CEL fires at the container, says why and is put right by its edits", async () => {
  const { id: name, ...spec } = plain;
  const wrapped = { apiVersion: "security.bulkhead.dev/v1alpha1", kind: "PostureControl", metadata: { name }, spec };
  for (const document of [plain, wrapped]) {
    const evaluation = await evaluate(document);
    const [finding] = evaluation.findings();
    expect(finding).toMatchObject({
      outcome: "fail",
      breach: {
        field: "spec.template.spec.containers[0].image",
        key: "web",
        says: "container web comes from elsewhere",
      },
    });
    const fix = finding === undefined ? undefined : evaluation.fix(finding);
    evaluation.apply(applyEdits(evaluation.objects, fix?.kind === "edits" ? fix.edits : []));
    expect(evaluation.findings()).toEqual([]);
  }
});

test("the namespace is read where it is spoken of, and unknown where it cannot be", async () => {
  const document = { ...plain, each: "object", expression: "namespaceObject.metadata.name == 'shop'" };
  const { messageExpression: _, ...rest } = document;
  const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  const asked = { ...rest, message: "it lies elsewhere" };
  expect((await evaluate(asked, [deployment("a"), namespace])).findings()).toEqual([]);
  const blind = await evaluate(asked, [deployment("a")], [{ kind: "Namespace", why: "forbidden" }]);
  expect(blind.findings().map((finding) => finding.outcome)).toEqual(["unknown"]);
});

describe("expressions", () => {
  test.each([
    ["object.spec.replicas == 3 && object.spec.replicas + 1 == 4", "pass"],
    ["object.spec.replicas > 3", "fail"],
    ["has(object.spec.paused) && object.spec.paused", "fail"],
    ["containers.all(c, c.args.exists(a, a.matches('^a+$')))", "pass"],
    ["workload.spec.containers.size() == 1", "pass"],
    ["object.spec.paused", "error: line 1, column 13: No such key: paused"],
    ["object.spec.replicas", "error: it gives bigint, not true or false"],
    ["true &&\n  object.nothing == 1", "error: line 2, column 10: No such key: nothing"],
  ])("%s", async (expression, result) => {
    expect(await outcome(expression)).toBe(result);
  });

  const list = `[${Array.from({ length: 100 }, (_, i) => i).join()}]`;
  test.each([
    ["loops in loops", `${list}.all(a, ${list}.all(b, ${list}.all(c, ${list}.all(d, a + b + c + d >= 0))))`],
    [
      "errors that a loop swallows",
      `${list}.exists(a, ${list}.exists(b, ${list}.exists(c, ${list}.exists(d, d > 1000))))`,
    ],
    [
      "a text that doubles",
      `${Array.from({ length: 22 }, (_, i) => `[${i === 0 ? "'aaaaaaaa'" : `x${i - 1} + x${i - 1}`}].all(x${i}, `).join("")}x21 != ''${")".repeat(22)}`,
    ],
    ["objects compared again and again", `${list}.all(a, ${list}.all(b, object == object))`],
  ])("%s end at their bounds", async (_, expression) => {
    expect(await outcome(expression)).toContain("it takes more than");
  });

  test("a pattern that would hold a backtracking engine for hours is matched at once, or refused", async () => {
    const object = deployment("a", { long: `${"a".repeat(4000)}b` });
    expect(await outcome("object.metadata.labels.long.matches('^(a+)+$')", object)).toBe("fail");
    expect(await outcome("'a'.matches('(a{1000}){1000}')")).toContain("repeats something more than");
    expect(await outcome("'a'.matches('(?=a)')")).toContain("error parsing regexp");
  });
});

test.each([
  ["expression", { expression: "container.image ==" }, "line 1, column"],
  ["expression", { expression: "nobody == 1" }, "Unknown variable: nobody"],
  ["expression", { expression: "duration('1h') > duration('1m')" }, "duration is not to be had here"],
  ["expression", { expression: `'${"a".repeat(5000)}' == ''` }, "longer than 4096"],
  ["messageExpression", { messageExpression: "1 +" }, "line 1, column"],
  ["severity", { severity: "awful" }, "is one of critical, high, medium, low"],
  ["severty", { severty: "high" }, "is no field of a control"],
  ["frameworks.nsb", { frameworks: { nsb: ["a"] } }, "is no framework"],
  ["match.kinds", { match: {} }, "is a list of kinds"],
  ["message", { message: "both" }, "not both"],
  ["id", { id: "Our Control" }, "small letters"],
  ["fix.edits", { fix: { edits: [{ op: "burn" }] } }, "op: set"],
])("a mistake in %s is told with its place, and the control is in no list", async (field, mistake, says) => {
  const { controls: made, problems } = await compileControls([{ document: { ...plain, ...mistake }, place: "a.yaml" }]);
  expect(made).toEqual([]);
  expect(problems.map((problem) => problem.field)).toContain(field);
  expect(problems.map((problem) => problem.says).join()).toContain(says);
});

test("an id is given once", async () => {
  const taken = new Set(controls.map(({ id }) => id));
  const twice = await compileControls(
    [plain, plain, { ...plain, id: "workload-privileged" }].map((document, at) => ({ document, place: `${at}` })),
    taken,
  );
  expect(twice.controls).toHaveLength(1);
  expect(twice.problems.map(({ control, field }) => [control, field])).toEqual([
    ["our-registry-only", "id"],
    ["workload-privileged", "id"],
  ]);
});

test("what is no mapping is no control", () => {
  expect(readDefinition("text", "a.yaml#1")).toEqual([{ control: "a.yaml#1", field: "", says: "is no mapping" }]);
});
