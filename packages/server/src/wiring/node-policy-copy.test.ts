import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@bulkhead/api";
import { type InstancePaths, instancePaths } from "@bulkhead/host";
import { closedNodePolicy, formatNodePolicy, NodePolicyError } from "@bulkhead/policy";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followNodePolicy, nodePolicyCopy, nodePolicyPublisher } from "./node-policy-copy.ts";

let paths: InstancePaths;
beforeEach(() => {
  paths = instancePaths(mkdtempSync(join(tmpdir(), "bulkhead-node-policy-")));
  mkdirSync(paths.run);
});
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

const allowing = (registry: string, expires: string): string =>
  formatNodePolicy({
    ...closedNodePolicy,
    allowances: [{ rule: "registry", value: registry, reason: "r", author: "root", expires }],
  });
const end = Date.parse("2026-11-28T12:00:00Z");

test("what root changes is copied, for everyone to read, and read as of a moment", async () => {
  const publish = nodePolicyPublisher(paths, silentLog);
  const view = followNodePolicy(nodePolicyCopy(paths));
  await publish();
  expect(view.at(0)).toBeUndefined();
  writeFileSync(paths.nodePolicy, allowing("a.example", "2026-11-28T12:00:00Z"), { mode: 0o600 });
  await publish();
  expect(statSync(nodePolicyCopy(paths)).mode & 0o777).toBe(0o644);
  expect(view.at(end - 1)).toEqual({ ...closedNodePolicy, registries: ["a.example"] });
  expect(view.at(end)).toEqual(closedNodePolicy);
  writeFileSync(paths.nodePolicy, allowing("bb.example", "2026-11-28T12:00:00Z"));
  await publish();
  expect(view.at(end - 1)).toMatchObject({ registries: ["bb.example"] });
});

test("a damaged file is copied as it is, and said to be damaged", async () => {
  writeFileSync(paths.nodePolicy, "{");
  await nodePolicyPublisher(paths, silentLog)();
  expect(followNodePolicy(nodePolicyCopy(paths)).at(0)).toBeInstanceOf(NodePolicyError);
});

test("a copy that cannot be made is told once, and tried again", async () => {
  const error = vi.fn();
  const publish = nodePolicyPublisher(paths, { ...silentLog, error });
  writeFileSync(paths.nodePolicy, formatNodePolicy(closedNodePolicy));
  rmSync(paths.run, { recursive: true });
  await publish();
  await publish();
  expect(error).toHaveBeenCalledTimes(1);
  mkdirSync(paths.run);
  await publish();
  expect(followNodePolicy(nodePolicyCopy(paths)).at(0)).toEqual(closedNodePolicy);
});
