import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { checkExit } from "../commands/check.ts";
import { builtInSnapshot } from "../instance/snapshot.ts";
import { checkText } from "./check-text.ts";
import { type Judged, judgeManifests } from "./judge-manifests.ts";
import { fieldPath, lineFinder } from "./manifest.ts";
import { parseDocuments, splitDocuments } from "./parse-documents.ts";
import { readFiles } from "./read-files.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
};

const nothing = Readable.from([]);

const deployment = (image: string, security = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
${security}`;

const restricted = `        securityContext:
          allowPrivilegeEscalation: false
          runAsNonRoot: true
          seccompProfile: {type: RuntimeDefault}
          capabilities: {drop: [ALL]}
`;

const trusted = [{ registry: "ok.example", repositories: ["*"] }];
const judge = (text: string, trust = trusted): Judged[] =>
  judgeManifests(builtInSnapshot("bulkhead", trust), parseDocuments("f.yaml", text).manifests, "default");

test("a null in a list is refused as what it stands for, and stops nothing", () => {
  const [judged] = judge(`${deployment("ok.example/x", restricted)}        env: [null]\n        args: [null]\n`);
  expect(judged?.answer).toBe("refused");
  expect(judged?.broken.map(({ field }) => field)).toContain("spec.template.spec.containers[0].env[0].name");
});

describe("documents", () => {
  test("apart at dashes, each with the line it begins on; empty ones left out", () => {
    const text = "# nothing\n---\na: 1\n---\n\n--- # Source: x\nb: 2\n...\n";
    expect(splitDocuments(text)).toEqual([
      { text: "\na: 1", firstLine: 2 },
      { text: " # Source: x\nb: 2\n...\n", firstLine: 6 },
    ]);
  });

  test("a list's items are objects of their own, and know their lines", () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
- apiVersion: v1
  kind: Pod
  metadata: {name: p}
  spec: {containers: [{name: c, image: evil.example/x}]}
`;
    const { manifests, problems } = parseDocuments("f", text);
    expect(problems).toEqual([]);
    expect(manifests.map((m) => [m.object.kind, m.at])).toEqual([
      ["ConfigMap", "items[0]"],
      ["Pod", "items[1]"],
    ]);
    const pod = manifests[1];
    expect(pod && lineFinder(pod)("spec.containers[0].image")).toBe(10);
  });

  test("a typed list gives its items their kind", () => {
    const { manifests } = parseDocuments(
      "f",
      '{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}}]}',
    );
    expect(manifests[0]?.object).toMatchObject({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } });
  });

  test.each([
    ["a: [1\n", 2, /YAML/],
    ["# x\n---\nkind: Pod\n", 3, /apiVersion is missing/],
    ["apiVersion: v1\n", 1, /kind is missing/],
    ["- 1\n", 1, /no object/],
    ["hello\n", 1, /no object/],
    ["apiVersion: v1\nkind: Pod\nmetadata: x\n", 1, /metadata is no object/],
    ["apiVersion: v1\nkind: Pod\nkind: Pod\n", 1, /kind is given twice/],
    [
      `a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n`,
      1,
      /alias/,
    ],
    [`${"[".repeat(2000)}\n`, 1, /deeper|YAML/],
    [`a: ${"x".repeat(4 * 1024 * 1024)}\n`, 1, /too large/],
  ])("what cannot be read is named with its line (%#)", (text, line, says) => {
    const { problems } = parseDocuments("f.yaml", text);
    expect(problems[0]).toEqual({ file: "f.yaml", line, says: expect.stringMatching(says) });
  });

  test("too many documents in one file", () => {
    expect(parseDocuments("f", "a: 1\n---\n".repeat(5001)).problems[0]?.says).toMatch(/5000/);
  });
});

describe("files", () => {
  test("folders with those below, hidden ones left out, and standard input", async () => {
    write("some/a.yaml", deployment("ok.example/a"));
    write("some/sub/b.json", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}');
    write("some/.hidden/c.yaml", "x: [");
    write("some/readme.txt", "not a manifest");
    const input = Readable.from([Buffer.from("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")]);
    const { manifests, problems } = await readFiles([join(folder, "some"), "-"], input);
    expect(problems).toEqual([]);
    expect(manifests.map((m) => m.object.kind)).toEqual(["Deployment", "ConfigMap", "Secret"]);
  });

  test.each<[string, () => string[], RegExp]>([
    ["nothing there", () => [join(folder, "absent.yaml")], /there is no/],
    ["standard input twice", () => ["-", "-"], /once only/],
    ["an empty folder", () => [join(write("empty/x.txt", ""), "..")], /no \.yaml/],
    ["a chart", () => [join(write("chart/Chart.yaml", ""), "..")], /helm template/],
    ["a kustomization", () => [join(write("kust/kustomization.yaml", ""), "..")], /kubectl kustomize/],
  ])("%s is one clear line and exit code 2", async (_, paths, message) => {
    await expect(readFiles(paths(), nothing)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringMatching(message),
    });
  });
});

describe("fields", () => {
  test("paths", () => {
    expect(fieldPath('spec.containers[0].env["a.b"].x')).toEqual(["spec", "containers", 0, "env", "a.b", "x"]);
  });

  test("the line of a field, or of what is nearest above it", () => {
    const manifest = { text: deployment("x"), firstLine: 10, at: "" };
    const line = lineFinder(manifest);
    expect(line("spec.template.spec.containers[0].image")).toBe(22);
    expect(line("spec.template.spec.containers[0].securityContext.runAsNonRoot")).toBe(21);
    expect(line("metadata.annotations")).toBe(12);
    expect(line("nowhere")).toBe(10);
  });
});

describe("judging", () => {
  test("a sound one passes; all broken rules of another come at once, with line and command", () => {
    expect(judge(deployment("ok.example/web", restricted))).toMatchObject([
      { answer: "passes", makesPods: true, broken: [] },
    ]);
    const [refused] = judge(deployment("evil.example/web"));
    expect(refused?.answer).toBe("refused");
    expect(refused?.broken.map((b) => b.rule)).toEqual([
      "allowPrivilegeEscalation",
      "capabilities_restricted",
      "seccompProfile_restricted",
      "trust",
    ]);
    expect(refused?.broken.at(-1)).toMatchObject({
      field: "spec.template.spec.containers[0].image",
      line: 13,
      command: expect.stringMatching(/^bulkhead allow image trust --for deployment\/web -n shop /),
    });
  });

  test("a Namespace, a trust and an Exception beside it count", () => {
    const namespace =
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: privileged}}\n---\n";
    expect(judge(namespace + deployment("ok.example/web"))[1]?.answer).toBe("passes");
    const policy =
      "apiVersion: security.bulkhead.dev/v1alpha1\nkind: ImageTrustPolicy\nmetadata: {name: more}\nspec: {allow: [{registry: evil.example, repositories: ['*']}]}\n---\n";
    expect(judge(policy + deployment("evil.example/web", restricted))[1]?.answer).toBe("passes");
  });

  test("misspelt fields are warned of, wrong types and values refused", () => {
    expect(judge(deployment("ok.example/web", `${restricted}        imagePulPolicy: Always\n`))[0]).toMatchObject({
      answer: "warned",
      broken: [{ rule: "unknown-field", field: "spec.template.spec.containers[0].imagePulPolicy", line: 19 }],
    });
    expect(judge("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: 7}\n")[0]).toMatchObject({
      answer: "refused",
      broken: [{ rule: "type" }],
    });
    expect(judge("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n")[0]).toMatchObject({
      answer: "refused",
      broken: [{ rule: "invalid", field: "metadata.name", line: 3 }],
      object: { namespace: "default" },
    });
  });

  test("kinds of others pass unjudged", () => {
    expect(judge("apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {a: 1}\n")[0]).toMatchObject({
      answer: "passes",
      makesPods: false,
      object: { kind: "Thing", name: "t" },
    });
  });

  test("two of one name in one stream keep their own verdicts", () => {
    const answers = judge(
      `${deployment("ok.example/web", restricted)}---\n${deployment("evil.example/web", restricted)}`,
    );
    expect(answers.map((j) => j.answer)).toEqual(["passes", "refused"]);
  });

  test("trusting nothing, no image passes", () => {
    expect(judge(deployment("ok.example/web", restricted), [])[0]?.broken.map((b) => b.rule)).toEqual(["trust"]);
  });
});

describe("the report", () => {
  const report = (text: string) => {
    const { manifests, problems } = parseDocuments("f.yaml", text);
    const judged = judgeManifests(builtInSnapshot("bulkhead", trusted), manifests, "default");
    return { against: "the defaults", notes: [], problems, judged };
  };

  test("names each rule with its field and line, and counts", () => {
    const text = checkText(report(deployment("evil.example/web", restricted)));
    expect(text).toContain("refused  Deployment shop/web  f.yaml:2");
    expect(text).toContain("field       spec.template.spec.containers[0].image (line 13)");
    expect(text).toContain("allow it    bulkhead allow image trust --for deployment/web -n shop");
    expect(text).toContain("1 object, 1 of them with pods: 1 refused, 0 pass. Judged against the defaults.");
  });

  test.each([
    [deployment("ok.example/web", restricted), 0],
    [deployment("evil.example/web", restricted), 1],
    [`${deployment("evil.example/web", restricted)}---\nkind: x\n`, 2],
  ])("exit code (%#)", (text, code) => {
    expect(checkExit(report(text))).toBe(code);
  });
});
