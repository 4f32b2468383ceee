import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exception } from "@bulkhead/api";
import { closedNodePolicy, formatNodePolicy, type TimedAllowance } from "@bulkhead/policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wordsOf } from "../registration/allow.ts";
import { allowedText, allowText, fromNow } from "./allow-text.ts";
import { allowOnNode, takeBackOnNode } from "./node-file.ts";

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
    const ended = {
      rule: "registry",
      value: "a.example",
      reason: "r",
      author: "root",
      expires: "2026-11-20T12:00:00Z",
    };
    const timed = { ...node, allowances: [ended as TimedAllowance] };
    expect(allowedText({ now, exceptions: [], node: timed })).toMatch(
      /\(node\) +ended 1 day ago +node +registry +every pod +a\.example +root +r/,
    );
    expect(text).toMatch(/host paths +\/var\/log \(read-only\)/);
    expect(text).toMatch(/registries +none/);
  });
});

describe.skipIf(process.getuid?.() !== 0)("the node's file (skipped unless root: it is root's)", () => {
  let root = "";
  const file = (): string => join(root, "node-policy.json");
  const registry: TimedAllowance = {
    rule: "registry",
    value: "a.example",
    reason: "until it is mirrored",
    author: "alice (as root)",
    expires: "2026-11-28T12:00:00Z",
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "bulkhead-allow-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("is changed, and stays 0600; a second time says that it is so already", async () => {
    writeFileSync(file(), formatNodePolicy(closedNodePolicy));
    const allowed = await allowOnNode(root, registry);
    expect(allowed).toMatchObject({ did: "node-allowed", file: file() });
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ registries: [], allowances: [registry] });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    await expect(allowOnNode(root, registry)).resolves.toMatchObject({ did: "unchanged" });
    expect(allowText(allowed, now)).toContain(`bulkhead allow node registry a.example --root ${root} --take-back`);
    expect(allowText(allowed, now)).toMatch(/until +2026-11-28T12:00:00Z \(in 7 days\)\n +by +alice \(as root\)/);
    await expect(takeBackOnNode(root, registry)).resolves.toMatchObject({ did: "node-taken-back" });
    expect(readFileSync(file(), "utf8")).toBe(formatNodePolicy(closedNodePolicy));
  });

  test("a damaged one is left as it is", async () => {
    writeFileSync(file(), "{");
    await expect(allowOnNode(root, registry)).rejects.toMatchObject({ code: "syntax" });
    expect(readFileSync(file(), "utf8")).toBe("{");
  });

  test("none is one clear line", async () => {
    await expect(allowOnNode(root, registry)).rejects.toMatchObject({ exit: 1 });
  });
});
