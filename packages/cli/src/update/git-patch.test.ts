import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitPatch, type ImageChange } from "./git-patch.ts";
import { readManifests } from "./read-manifests.ts";

const git = spawnSync("git", ["--version"]).status === 0;
const image = `r.example/web:1.1.0@sha256:${"a".repeat(64)}`;
const change = (more: Partial<ImageChange> = {}): ImageChange => ({
  kind: "Deployment",
  namespace: "shop",
  name: "web",
  container: "web",
  image,
  ...more,
});

const web = `# The shop's front.
apiVersion: v1
kind: Service
metadata:
  name: web   # same name, another kind
spec: {}
---
apiVersion: apps/v1
kind: Deployment
metadata:
    name: web
    namespace: shop
spec:
    template:
        spec:
            containers:
                - name: side
                  image: r.example/side:7
                - image:   "r.example/web:1.0.0"   # keep this remark
                  name: web

                  args: [ "--quiet" ]   
`;
const flow = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {spec: {containers: [{name: web, image: 'r.example/web:1.0.0'}]}}}}`;
const elsewhere = web.replace("namespace: shop", "namespace: other");

describe("a patch", () => {
  let folder: string;
  const files = {
    "apps/web.yaml": web,
    "flow.yml": flow,
    "other/web.yaml": elsewhere,
    "notes.txt": web,
    "broken.yaml": "a: [",
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "git-patch-"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.skipIf(!git)(
    `changes the image's characters and nothing else, as git itself applies it${git ? "" : " (skipped: there is no git on the path)"}`,
    async () => {
      const { patch, missing } = gitPatch(await readManifests(folder), [change()]);
      expect(missing).toEqual([]);
      await writeFile(join(folder, "change.patch"), patch);
      await promisify(execFile)("git", ["apply", "--whitespace=nowarn", "change.patch"], { cwd: folder });
      const now = (path: string) => readFile(join(folder, path), "utf8");
      expect(await now("apps/web.yaml")).toBe(web.replace("r.example/web:1.0.0", image));
      expect(await now("flow.yml")).toBe(flow.replace("r.example/web:1.0.0", image));
      expect(await now("other/web.yaml")).toBe(elsewhere);
      expect(gitPatch(await readManifests(folder), [change()])).toEqual({ patch: "", missing: [] });
    },
  );
});

it.each([
  ["another container", change({ container: "db" })],
  ["another kind", change({ kind: "StatefulSet" })],
  ["another name", change({ name: "api" })],
  ["another namespace", change({ namespace: "prod" })],
])("%s is named as missing", (_, one) => {
  expect(gitPatch([{ path: "web.yaml", text: web }], [one])).toEqual({ patch: "", missing: [one] });
});

it("a manifest that names no namespace is taken, and one in a List", () => {
  const text = web.replace("    namespace: shop\n", "");
  expect(gitPatch([{ path: "web.yaml", text }], [change()]).missing).toEqual([]);
  const list = JSON.stringify({
    kind: "List",
    items: [
      {
        kind: "Deployment",
        metadata: { name: "web" },
        spec: { template: { spec: { containers: [{ name: "web", image: "x:1" }] } } },
      },
    ],
  });
  const { patch } = gitPatch([{ path: "list.yaml", text: list }], [change()]);
  expect(patch).toContain(`+${list.replace('"x:1"', `"${image}"`)}\n\\ No newline at end of file`);
});

it("an init container's image is changed where it stands", () => {
  const text = `kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      initContainers:
        - name: migrate
          image: m:1
      containers:
        - name: web
          image: a:1
`;
  const { patch, missing } = gitPatch([{ path: "x.yaml", text }], [change({ container: "migrate", image: "m:2" })]);
  expect(missing).toEqual([]);
  expect(patch).toContain("-          image: m:1\n+          image: m:2\n");
});

it("two changes that lie near share a hunk, far ones do not", () => {
  const pair = (gap: number) => {
    const text = `kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: web
          image: a:1
${"          # …\n".repeat(gap)}        - name: side
          image: b:1
`;
    const { patch } = gitPatch([{ path: "x.yaml", text }], [change(), change({ container: "side", image: "b:2" })]);
    return patch.split("\n").filter((line) => line.startsWith("@@")).length;
  };
  expect(pair(0)).toBe(1);
  expect(pair(20)).toBe(2);
});
