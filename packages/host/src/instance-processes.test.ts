import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endMarked, findMarked, processMark } from "./instance-processes.ts";

test("processes of an instance are found by their mark, others are not, and all of them end", async () => {
  const [mine, other] = [randomBytes(4).toString("hex"), randomBytes(4).toString("hex")];
  const start = (id: string, name: string) =>
    spawn("sleep", ["60"], { stdio: "ignore", env: { PATH: process.env["PATH"], [processMark]: `${id}/${name}` } });
  const [a, b, c] = [start(mine, "apiserver"), start(mine, "registry"), start(other, "registry")];
  await Promise.all([a, b, c].map((child) => once(child, "spawn")));
  const names = findMarked(mine).map((p) => p.name);
  expect(names.toSorted((x, y) => x.localeCompare(y))).toEqual(["apiserver", "registry"]);
  expect(findMarked(mine).map((p) => p.user)).toEqual([process.getuid?.(), process.getuid?.()]);
  const ended = Promise.all([once(a, "exit"), once(b, "exit")]);
  expect(await endMarked(mine)).toBe(2);
  await ended;
  expect(findMarked(mine)).toEqual([]);
  expect(findMarked(other)).toHaveLength(1);
  c.kill("SIGKILL");
  await once(c, "exit");
});
