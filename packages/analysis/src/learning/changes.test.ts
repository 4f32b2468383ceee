import { expect, test } from "vitest";
import { type AuditedRequest, briefChanges, DayTally, digestDays, emptyDay } from "./changes.ts";

const request = (change: Partial<AuditedRequest> = {}): AuditedRequest => ({
  who: "alice",
  verb: "patch",
  resource: "deployments",
  name: "shop/web",
  code: 200,
  ...change,
});
const at = (time: string, change: Partial<AuditedRequest> = {}) => ({ ...request(change), at: time });

test.each([
  ["who only looked", { verb: "get" }],
  ["who only asked what he may", { verb: "create", resource: "selfsubjectaccessreviews" }],
  ["what was not done", { code: 409 }],
  ["the cluster's own parts", { who: "system:node:vm" }],
  ["its own accounts", { who: "system:serviceaccount:kube-system:deployment-controller" }],
])("%s is nobody's change", (_, change) => {
  const tally = new DayTally(emptyDay("2026-11-22"));
  tally.take(request(change));
  expect(tally.digested).toEqual(emptyDay("2026-11-22"));
});

test("a workload's own account is somebody, and whoever is refused is counted", () => {
  const tally = new DayTally(emptyDay("2026-11-22"));
  tally.take(request({ who: "system:serviceaccount:shop:deployer" }));
  tally.take(request({ verb: "get", code: 403 }));
  expect(tally.digested).toMatchObject({ refused: 1, changes: [{ who: "system:serviceaccount:shop:deployer" }] });
});

test("gone on with in pieces, a day comes to the same as in one", () => {
  const all = Array.from({ length: 30 }, (_, i) =>
    at("2026-11-22T10:00:00Z", { name: `shop/${i % 7}`, verb: i % 2 === 0 ? "patch" : "delete" }),
  );
  const whole = digestDays([], all);
  expect(digestDays(digestDays([], all.slice(0, 11)), all.slice(11))).toEqual(whole);
  expect(whole[0]?.changes).toEqual([
    expect.objectContaining({ verb: "patch", times: 15, more: true, names: ["shop/0", "shop/2", "shop/4", "shop/6"] }),
    expect.objectContaining({ verb: "delete", times: 15, more: true }),
  ]);
});

test("a day holds so many rows and names, the rest is a number; the oldest days go", () => {
  const [day] = digestDays(
    [],
    Array.from({ length: 100 }, (_, i) => at("2026-11-22T10:00:00Z", { who: `user-${i}` })),
  );
  expect(day?.changes).toHaveLength(64);
  expect(day?.left).toBe(36);
  const days = digestDays(
    [],
    Array.from({ length: 40 }, (_, i) => at(new Date(Date.UTC(2026, 9, 1 + i)).toISOString())),
  );
  expect(days).toHaveLength(31);
  expect(days.at(-1)?.day).toBe("2026-11-09");
});

test("a brief sums days up: few at once are a person's work and come first", () => {
  const days = digestDays(
    [],
    [
      ...Array.from({ length: 6 }, (_, i) => at("2026-11-21T10:00:00Z", { who: "ci", name: `shop/${i}` })),
      at("2026-11-21T11:00:00Z"),
      at("2026-11-22T11:00:00Z"),
      at("2026-11-22T12:00:00Z", { verb: "get", code: 403 }),
    ],
  );
  expect(briefChanges(days)).toEqual({
    changes: [
      { who: "alice", verb: "patch", what: "deployments shop/web", times: 2 },
      { who: "ci", verb: "patch", what: "deployments shop/0, shop/1 and others", times: 6 },
    ],
    refused: 1,
    left: 0,
  });
  const exact = new DayTally(emptyDay(""), { rows: Infinity, names: Infinity });
  for (let i = 0; i < 6; i++) exact.take(request({ name: `shop/${i}` }));
  expect(briefChanges([exact.digested]).changes[0]?.what).toBe("deployments shop/0, shop/1 and 4 more");
});
