import fc from "fast-check";
import { expect, test } from "vitest";
import { readNeeds } from "../parts/part-needs.ts";
import { trialGroups } from "./part-groups.ts";

const control = `Package: containerd
Version: 2.1.4-1
Pre-Depends: init-system-helpers (>= 1.54)
Depends: libc6 (>= 2.38), runc (>= 1.2.0~rc1),
 catatonit (= 0.2.1-2) | tini (>= 1)
Breaks: kubectl (<< 1.33), docker-registry (<= 2)
Description: an open container runtime
 Depends: runc (>= 99)
`;
const parts = ["containerd", "runc", "catatonit", "kubectl", "docker-registry"];

test("what asks for a later revision of another part is read; alternatives and other packages ask for none", () => {
  expect(readNeeds(control, parts)).toEqual([
    { part: "runc", atLeast: "1.2.0~rc1" },
    { part: "kubectl", atLeast: "1.33" },
  ]);
  expect(readNeeds("Package: runc\n", parts)).toEqual([]);
});

const change = (part: string, from: string) => ({ part, from, to: "9" });

test("a part goes with another where it asks for a later one than is here, and alone where not", () => {
  const needs = (part: string) => (part === "containerd" ? readNeeds(control, parts) : []);
  const groups = (runc: string) =>
    trialGroups([change("catatonit", "1"), change("containerd", "1"), change("runc", runc)], needs);
  expect(groups("1.1.0")).toEqual([["catatonit"], ["containerd", "runc"]]);
  expect(groups("1.2.0")).toEqual([["catatonit"], ["containerd"], ["runc"]]);
});

test("property: every change is in one group, and whoever asks is with whom it asks for", () => {
  const names = ["a", "b", "c", "d", "e"];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(names),
      fc.array(fc.record({ of: fc.constantFrom(...names), part: fc.constantFrom(...names) }), { maxLength: 6 }),
      (changed, asks) => {
        const needs = (part: string) =>
          asks.filter(({ of }) => of === part).map((ask) => ({ part: ask.part, atLeast: "2" }));
        const groups = trialGroups(
          changed.map((part) => change(part, "1")),
          needs,
        );
        expect(groups.flat().toSorted()).toEqual(changed.toSorted());
        for (const { of, part } of asks)
          if (changed.includes(of) && changed.includes(part))
            expect(groups.find((group) => group.includes(of))).toContain(part);
      },
    ),
  );
});
