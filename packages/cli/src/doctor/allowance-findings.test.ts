import type { TimedAllowance } from "@bulkhead/policy";
import { expect, test } from "vitest";
import { allowanceFindings } from "./allowance-findings.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const timed = (expires: string): TimedAllowance => ({
  rule: "host-path",
  value: "/var/log:ro",
  reason: "logs are read",
  author: "alice (as root)",
  expires,
});

test("what holds is noted with its end and how to take it back; what ended is warned about", () => {
  const [holds, ended] = allowanceFindings(
    [timed("2026-11-28T12:00:00Z"), timed("2026-11-21T12:00:00Z")],
    now,
    "/srv/b",
  );
  expect(holds).toMatchObject({
    level: "note",
    what: expect.stringContaining("host-path /var/log:ro until 2026-11-28T12:00:00Z (in 7 days)"),
    consequence: "allowed by alice (as root): logs are read",
    whatToDo: "take it back with: bulkhead allow node host-path /var/log:ro --root /srv/b --take-back",
  });
  expect(ended).toMatchObject({ id: "node-allowance-ended", level: "warning" });
});
