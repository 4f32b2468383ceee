import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exception } from "@bulkhead/api";
import { applyNodeAllowance, closedNodePolicy, formatNodePolicy, type NodeAllowance } from "@bulkhead/policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wordsOf } from "../registration/allow.ts";
import { allowedText, allowText, fromNow } from "./allow-text.ts";
import { allowOnNode, takeBackOnNode, without } from "./node-file.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const exception = (spec: Partial<Exception["spec"]> = {}): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: "network-egress-web-1" },
  spec: {
    decider: "network",
    rule: "egress",
    subject: { kind: "Deployment", name: "web" },
    value: "shop/deployment/db:5432/TCP",
    reason: "until Friday",
    author: "alice",
    expires: "2026-11-28T12:00:00Z",
    ...spec,
  },
});

test("the words are handed on as they were given, each option as often as it was", () => {
  const given = { for: ["deployment/web"], namespace: ["shop"], forDays: ["1"], reason: ["a b", "c"], list: false };
  expect(wordsOf(["image", "trust"], given).join("|")).toBe(
    "image|trust|--for|deployment/web|--namespace|shop|--reason|a b|--reason|c|--for-days|1",
  );
});

test.each([
  ["2026-11-28T12:00:00Z", "in 7 days"],
  ["2026-11-22T11:00:00Z", "in 23 hours"],
  ["2026-11-21T12:00:10Z", "in 1 minute"],
  ["2026-11-20T12:00:00Z", "1 day ago"],
])("%s is %s", (time, text) => {
  expect(fromNow(Date.parse(time), now)).toBe(text);
});

test("what was written: what, until when, and how to take it back", () => {
  const text = allowText(
    { did: "written", exceptions: [exception()], takeBack: ["kubectl delete exception network-egress-web-1 -n shop"] },
    now,
  );
  expect(text).toContain("allowed: network egress for deployment/web in shop, only shop/deployment/db:5432/TCP");
  expect(text).toContain("2026-11-28T12:00:00Z (in 7 days)");
  expect(text).toContain("kubectl delete exception network-egress-web-1 -n shop");
  expect(
    allowText({ did: "written", exceptions: [exception({ reason: "\u001b[2J" })], takeBack: [] }, now),
  ).not.toContain("\u001b");
});

describe("the list", () => {
  test("names each, on one line, and what ended", () => {
    const exceptions = [exception(), exception({ expires: "2026-11-20T12:00:00Z", reason: "two\nlines" })];
    const lines = allowedText({ now, exceptions, node: undefined }).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(
      /^shop +in 7 days +network +egress +deployment\/web +shop\/deployment\/db:5432\/TCP +alice +until Friday$/,
    );
    expect(lines[2]).toMatch(/ended 1 day ago.*two lines$/);
  });

  test("says so where nothing is excepted, and shows the node's own file", () => {
    const node = { ...closedNodePolicy, hostPaths: [{ path: "/var/log", readOnly: true }] };
    const text = allowedText({ now, exceptions: [], node });
    expect(text).toContain("Nothing is excepted");
    expect(text).toMatch(/host paths +\/var\/log \(read-only\)/);
    expect(text).toMatch(/registries +none/);
  });
});

describe("the node's file", () => {
  const allowances: NodeAllowance[] = [
    { rule: "registry", registry: "a.example/*" },
    { rule: "host-path", hostPath: { path: "/var/log", readOnly: true } },
    { rule: "privileged-namespace", namespace: "kube-system" },
  ];

  test.each(allowances)("what is allowed ($rule) is taken back again", (allowance) => {
    const allowed = applyNodeAllowance(closedNodePolicy, allowance);
    expect(allowed).not.toEqual(closedNodePolicy);
    expect(without(allowed, allowance)).toEqual(closedNodePolicy);
  });

  describe.skipIf(process.getuid?.() !== 0)("on disk (skipped unless root: the file is root's)", () => {
    let root = "";
    const file = (): string => join(root, "node-policy.json");
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "bulkhead-allow-"));
      writeFileSync(join(root, "instance.json"), "{}");
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    test("is changed, and stays 0600; a second time says that it is so already", async () => {
      writeFileSync(file(), formatNodePolicy(closedNodePolicy));
      const registry: NodeAllowance = { rule: "registry", registry: "a.example" };
      await expect(allowOnNode(root, registry)).resolves.toMatchObject({ did: "node-allowed", file: file() });
      expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ registries: ["a.example"] });
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      await expect(allowOnNode(root, registry)).resolves.toMatchObject({ did: "unchanged" });
      await expect(takeBackOnNode(root, registry)).resolves.toMatchObject({ did: "node-taken-back" });
      expect(readFileSync(file(), "utf8")).toBe(formatNodePolicy(closedNodePolicy));
    });

    test("a damaged one is left as it is", async () => {
      writeFileSync(file(), "{");
      await expect(allowOnNode(root, { rule: "registry", registry: "a" })).rejects.toMatchObject({ code: "syntax" });
      expect(readFileSync(file(), "utf8")).toBe("{");
    });

    test("none, or no instance, is one clear line", async () => {
      await expect(allowOnNode(root, { rule: "registry", registry: "a" })).rejects.toMatchObject({ exit: 1 });
      rmSync(join(root, "instance.json"));
      await expect(allowOnNode(root, { rule: "registry", registry: "a" })).rejects.toMatchObject({ exit: 2 });
    });
  });
});
