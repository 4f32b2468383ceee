import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { identify, isAlive, signal } from "./process-identity.ts";

test("a process is known by its start time, and a later one with its number is not taken for it", async () => {
  const child = spawn("sleep", ["30"], { stdio: "ignore" });
  await once(child, "spawn");
  const identity = identify(child.pid ?? -1);
  expect(identity).toBeDefined();
  if (identity === undefined) return;
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, startTime: "1" })).toBe(false);
  expect(isAlive({ ...identity, bootId: "another" })).toBe(false);
  expect(signal({ ...identity, startTime: "1" }, "SIGKILL")).toBe(false);
  const gone = once(child, "exit");
  expect(signal(identity, "SIGKILL")).toBe(true);
  await gone;
  expect(isAlive(identity)).toBe(false);
  expect(identify(child.pid ?? -1)).toBeUndefined();
});
