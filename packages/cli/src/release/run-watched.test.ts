import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProcessSpec, type ProcessState, specDigest, writeState, writeTable } from "@bulkhead/host";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Rounds, runWatched } from "./run-watched.ts";

const wanted = new Map([["agent", "new"]]);
const agent = (restarts: number, spec = "new"): ProcessState[] => [
  { name: "agent", identity: undefined, since: 0, restarts, lastExit: undefined, spec },
];
const looks = (...states: readonly ProcessState[][]): (string | undefined)[] => {
  const rounds = new Rounds();
  return states.map((each) => rounds.look(each, wanted));
};

test("three starts again in a row are going round, whatever went before", () => {
  expect(looks(agent(0), agent(1), agent(3))).toEqual([undefined, undefined, "agent"]);
  expect(looks(agent(5), agent(6), agent(7), agent(8))).toEqual([undefined, undefined, undefined, "agent"]);
});

test("the count of what was replaced ends with it", () => {
  expect(looks(agent(0), agent(2), agent(0), agent(2), agent(3))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    "agent",
  ]);
});

test("a process that is about to be replaced is nobody's fault", () => {
  expect(looks(agent(0, "old"), agent(4, "old"))).toEqual([undefined, undefined]);
});

let run = "";
beforeAll(() => (run = mkdtempSync(join(tmpdir(), "bulkhead-watched-"))));
afterAll(() => rmSync(run, { recursive: true }));

const watched = (script: string, timeout = 20_000) =>
  runWatched(["/bin/sh", "-c", script], { env: {}, run, rounds: new Rounds(), timeout });

test("a command that ends well is well; one that does not says why; one that does not end is ended", async () => {
  expect(await watched("exit 0")).toMatchObject({ well: true });
  expect(await watched("echo first >&2; echo last >&2; exit 4")).toMatchObject({ well: false, why: "last" });
  expect(await watched("exit 4")).toMatchObject({ well: false, why: "it ended with 4" });
  expect(await watched("exec sleep 60", 1)).toMatchObject({ well: false, why: "it was not up after 0 seconds" });
});

test("a command is ended early where a process goes round", async () => {
  const spec: ProcessSpec = { name: "agent", command: ["x"], env: {}, sockets: [], outlives: false };
  await writeTable(run, { format: 1, processes: [spec] });
  const state = (restarts: number) =>
    writeState(run, { format: 1, supervisor: undefined, build: "", processes: agent(restarts, specDigest(spec)) });
  await state(0);
  const rounds = new Rounds();
  await rounds.at(run);
  await state(3);
  const ended = await runWatched(["/bin/sleep", "60"], { env: {}, run, rounds, timeout: 50_000 });
  expect(ended).toEqual({ well: false, why: "agent does not stay up", round: "agent" });
});
