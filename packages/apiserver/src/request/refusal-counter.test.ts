import { forbidden, StatusError } from "@bulkhead/api";
import { expect, test } from "vitest";
import { refusalWithDoor } from "../admission/refusal.ts";
import { RefusalCounter } from "./refusal-counter.ts";

test("a refusal counts once for each of its rules, and nothing else makes a series", () => {
  const counter = new RefusalCounter();
  const says = "no";
  const malicious = { rule: "malicious", says };
  counter.count(refusalWithDoor("", "pods", "p", says, [malicious, malicious, { rule: "trust", says }]));
  counter.count(refusalWithDoor("", "pods", "p", says, [malicious, { rule: "invented", says }]));
  counter.count(forbidden("", "pods", "p", says));
  counter.count(
    new StatusError({ reason: "Invalid", message: says, details: { causes: [{ reason: "trust", message: says }] } }),
  );
  counter.count(new Error(says));
  expect(counter.family().samples).toEqual([
    { labels: { decider: "image", rule: "malicious" }, value: 2 },
    { labels: { decider: "image", rule: "trust" }, value: 1 },
  ]);
});
