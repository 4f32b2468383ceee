import { expect, it } from "vitest";
import { findingsMessage, judgedConditions } from "./plan.ts";

const finding = {
  field: "spec.template.spec.hostPID",
  says: "the host's processes are shared",
  passing: "false",
  command: "bulkhead allow …",
};
const now = Date.parse("2026-01-01T00:00:00Z");
const other = { type: "Available", status: "True" };

it("lists every broken rule with what would pass and the command", () => {
  expect(findingsMessage([finding, { says: "no policy trusts this image" }])).toBe(
    "spec.template.spec.hostPID: the host's processes are shared; passing: false; or: bulkhead allow …\nno policy trusts this image",
  );
});

it("sets, keeps and takes away its one condition", () => {
  expect(judgedConditions([other], [], now)).toBeUndefined();
  const judged = judgedConditions([other], [finding], now);
  expect(judged?.[1]).toMatchObject({ type: "Admissible", status: "False", reason: "TemplateRefused" });
  expect(judgedConditions(judged ?? [], [finding], now + 1_000)).toBeUndefined();
  expect(judgedConditions(judged ?? [], [], now + 1_000)).toEqual([other]);
});
