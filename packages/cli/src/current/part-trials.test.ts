import { expect, test } from "vitest";
import { type PutIn, TrialFailure, tryParts } from "./part-trials.ts";

/** Puts in what holds none of the bad ones; two that quarrel are not well beside each other. Keeps what was asked. */
function trial(bad: readonly string[], quarrel: readonly string[] = []) {
  const asked: string[] = [];
  const there: string[] = [];
  const putIn = async (parts: readonly string[], more: boolean): Promise<PutIn> => {
    asked.push(`${parts.join("+")}${more ? " more" : ""}`);
    const wrong = parts.find((part) => bad.includes(part));
    const together = quarrel.length > 0 && quarrel.every((part) => parts.includes(part) || there.includes(part));
    if (wrong !== undefined || together) throw new TrialFailure(`${wrong ?? "together"} is not well`, 1);
    there.push(...parts);
    const changes = parts.map((part) => ({ part, from: "1", to: "2" }));
    return { selfTest: [], switched: { changes, containers: 3, restarted: [] } };
  };
  return { asked, putIn };
}
const groups = [["catatonit"], ["containerd", "runc"], ["kubectl"]];
const went = ({ switched }: Awaited<ReturnType<typeof tryParts>>) => switched?.changes.map(({ part }) => part);

test("what goes well together is tried once", async () => {
  const { asked, putIn } = trial([]);
  expect(went(await tryParts(groups, putIn))).toEqual(["catatonit", "containerd", "runc", "kubectl"]);
  expect(asked).toEqual(["catatonit+containerd+runc+kubectl"]);
});

test("one bad part keeps those out that it belongs with, and no other", async () => {
  const { asked, putIn } = trial(["runc"]);
  const all = await tryParts(groups, putIn);
  expect(went(all)).toEqual(["catatonit", "kubectl"]);
  expect(all.failed).toEqual([{ parts: ["containerd", "runc"], why: "runc is not well" }]);
  // The way back leads before the first of them.
  expect(asked.slice(1)).toEqual(["catatonit", "containerd+runc more", "kubectl more"]);
});

test("parts that are well alone and not together go in until one is not well with those before it", async () => {
  const { putIn } = trial([], ["catatonit", "kubectl"]);
  const all = await tryParts(groups, putIn);
  expect(went(all)).toEqual(["catatonit", "containerd", "runc"]);
  expect(all.failed).toEqual([{ parts: ["kubectl"], why: "together is not well" }]);
});

test("one group alone is not tried twice, and where nothing is well nothing is switched", async () => {
  const { asked, putIn } = trial(["kubectl"]);
  const all = await tryParts([["kubectl"]], putIn);
  expect([asked, all.switched, all.failed]).toEqual([
    ["kubectl"],
    undefined,
    [{ parts: ["kubectl"], why: "kubectl is not well" }],
  ]);
});

test("what could not even be tried ends it", async () => {
  const putIn = () => Promise.reject(new Error("nothing supervises"));
  await expect(tryParts(groups, putIn)).rejects.toThrow("nothing supervises");
});
