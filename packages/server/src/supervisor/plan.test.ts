import { type ProcessSpec, type ProcessState, specDigest } from "@bulkhead/host";
import { expect, test } from "vitest";
import { backOff, planProcesses } from "./plan.ts";

const spec = (name: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: [`/${name}`],
  env: {},
  sockets: [],
  outlives: false,
  ...more,
});
const state = (of: ProcessSpec, more: Partial<ProcessState> = {}): ProcessState => ({
  name: of.name,
  identity: { pid: 7, startTime: "1", bootId: "b" },
  since: 1000,
  restarts: 0,
  lastExit: undefined,
  spec: specDigest(of),
  ...more,
});
const table = (...states: ProcessState[]): Map<string, ProcessState> => new Map(states.map((s) => [s.name, s]));

test("what is missing starts, what runs is adopted", () => {
  const [a, b] = [spec("a"), spec("b")];
  expect(planProcesses([a, b], table(state(a)), () => true, 2000)).toEqual([{ step: "start", spec: b }]);
});

test("what died is started again, after its back-off", () => {
  const a = spec("a");
  expect(planProcesses([a], table(state(a, { restarts: 3 })), () => false, 1500)).toEqual([
    { step: "wait", name: "a", milliseconds: 1500 },
  ]);
  expect(planProcesses([a], table(state(a, { restarts: 3 })), () => false, 3000)).toEqual([{ step: "start", spec: a }]);
});

test("a changed program is replaced, unless containers live by it", () => {
  const old = spec("a");
  const next = spec("a", { env: { X: "1" } });
  const was = state(old);
  expect(planProcesses([next], table(was), () => true, 0)).toEqual([{ step: "replace", spec: next, state: was }]);
  const containerd = spec("a", { env: { X: "1" }, outlives: true, pinned: true });
  expect(planProcesses([containerd], table(was), () => true, 0)).toEqual([]);
});

test("what is wanted no more is stopped", () => {
  const was = state(spec("a"));
  expect(planProcesses([], table(was), () => true, 0)).toEqual([{ step: "stop", state: was }]);
  expect(planProcesses([], table(was), () => false, 0)).toEqual([]);
});

test("back-off doubles to half a minute", () => {
  expect([0, 1, 2, 3, 20].map(backOff)).toEqual([0, 500, 1000, 2000, 30_000]);
});
