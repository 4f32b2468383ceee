import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { editedDocument } from "./yaml-edit.ts";

const js = (text: string): unknown => parseDocument(text, { version: "1.1" }).toJS();

/** Edits a document so that a change of its value is made. */
const edited = (text: string, change: (value: Record<string, never>) => unknown): string => {
  const before = js(text) as Record<string, never>;
  const after = change(structuredClone(before));
  const now = editedDocument(text, "", before, after);
  expect(now === undefined ? undefined : js(now)).toEqual(after);
  return now ?? "";
};

const pod = `# the front
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}} # ours
spec:
  containers:
  - name: web # main
    image: nginx:1.27
    securityContext:
      privileged: true # for now
    # the port
    ports:
    - containerPort: 80
  # the end
  restartPolicy: Always
`;

type Pod = {
  spec: { containers: Record<string, unknown>[]; [key: string]: unknown };
  metadata: Record<string, unknown>;
};
const onPod = (change: (pod: Pod) => void): string =>
  edited(pod, (value) => {
    change(value as unknown as Pod);
    return value;
  });

describe("a document's text, with one thing in it changed", () => {
  test("a scalar keeps its line and its comment", () => {
    const now = onPod(
      ({ spec }) => ((spec.containers[0] as Record<string, object>)["securityContext"] = { privileged: false }),
    );
    expect(now).toBe(pod.replace("privileged: true # for now", "privileged: false # for now"));
  });

  test("a key that was not there comes at the end of its block, in the layout of the file", () => {
    const now = onPod(({ spec }) => {
      (spec.containers[0] as Record<string, unknown>)["securityContext"] = {
        privileged: true,
        capabilities: { drop: ["ALL"] },
      };
    });
    expect(now).toBe(pod.replace("# for now\n", "# for now\n      capabilities:\n        drop:\n        - ALL\n"));
  });

  test("an element is appended behind the last", () => {
    const now = onPod(({ spec }) => {
      (spec.containers[0] as { ports: unknown[] }).ports.push({ containerPort: 81 });
    });
    expect(now).toBe(pod.replace("containerPort: 80\n", "containerPort: 80\n    - containerPort: 81\n"));
  });

  test("flow collections stay on their line", () => {
    const now = onPod(({ metadata }) => (metadata["labels"] = { app: "web", tier: "front" }));
    expect(now.split("\n")[3]).toMatch(/^metadata: \{ ?name: web, labels: \{ ?app: web, tier: front ?\} ?\} # ours$/);
    expect(now.split("\n").length).toBe(pod.split("\n").length);
  });

  test("a key goes with its lines, and with nothing else", () => {
    const now = onPod(({ spec }) => delete (spec as Record<string, unknown>)["restartPolicy"]);
    expect(now).not.toContain("restartPolicy");
    expect(now).toContain("# the port");
  });

  test("a key right behind a dash gives its place to the next", () => {
    const text = "spec:\n  list:\n  - gone: 1\n    kept: 2\n  - other: 3\n";
    const now = edited(text, () => ({ spec: { list: [{ kept: 2 }, { other: 3 }] } }));
    expect(now).toBe("spec:\n  list:\n  - kept: 2\n  - other: 3\n");
  });

  test("an empty value takes a block below its key", () => {
    const text = "spec:\n  securityContext:\n  name: x\n";
    const now = edited(text, () => ({ spec: { securityContext: { runAsNonRoot: true }, name: "x" } }));
    expect(now).toBe("spec:\n  securityContext:\n    runAsNonRoot: true\n  name: x\n");
  });

  test("a document without a line end at its end, JSON, and an item of a List", () => {
    expect(edited("a: 1\nb:\n  c: 2", () => ({ a: 1, b: { c: 2, d: 3 } }))).toContain("d: 3");
    expect(edited('{"a": {"b": true}}', () => ({ a: { b: false } }))).toMatch(/^\{.*false.*\}$/s);
    const list = "kind: List\nitems:\n- kind: Pod\n  spec:\n    hostPID: true\n- kind: Other\n";
    const now = editedDocument(
      list,
      "items[0]",
      { kind: "Pod", spec: { hostPID: true } },
      { kind: "Pod", spec: { hostPID: false } },
    );
    expect(now).toBe(list.replace("true", "false"));
  });

  test("what anchors share is not changed for others unasked", () => {
    const text = "a: &x\n  p: true\nb: *x\n";
    const now = editedDocument(text, "", { a: { p: true }, b: { p: true } }, { a: { p: true }, b: { p: false } });
    expect(now === undefined ? undefined : (js(now) as { a: unknown }).a).not.toEqual({ p: false });
  });
});
