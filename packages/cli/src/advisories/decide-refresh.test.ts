import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refreshFiles } from "@bulkhead/images";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decideRefresh } from "./decide-refresh.ts";
import { decidedText, refreshText } from "./refresh-text.ts";

let folder: string;
let database: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-decide-"));
  database = join(folder, "advisories.db");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const held = {
  generation: "abc",
  since: Date.parse("2026-11-21T12:00:00Z"),
  because: ["it would newly refuse 2 of 9 running images: more than a tenth"],
  sources: ["kev"],
  newlyRefused: [
    { image: "r.example/web@sha256:1", says: "r.example/web@sha256:1 is out of policy: CVE-1\u001b[2J" },
    { image: "r.example/db@sha256:2", says: "" },
  ],
};
const state = { format: 1 as const, inUse: { generation: "xyz", since: Date.parse("2026-11-20T12:00:00Z") }, held };
const decider = { user: "alice (as root)", now: () => 5, patience: 0 };
const options = () => ({ root: folder, database, reason: "confirmed" });

test("a decision names the refresh that is held, who decided and why", async () => {
  await writeFile(refreshFiles(database).state, JSON.stringify(state));
  const decided = await decideRefresh("accept", options(), decider);
  expect(JSON.parse(await readFile(refreshFiles(database).decision, "utf8"))).toEqual({
    format: 1,
    decision: "accept",
    generation: "abc",
    by: "alice (as root)",
    at: 5,
    reason: "confirmed",
  });
  expect(decided.done).toBeUndefined();
  expect(decidedText(decided)).toMatch(/carries it out when it looks next/);
  expect(decidedText({ ...decided, done: true })).toBe("Accepted: images are decided by it from now on.");
});

test("nothing held: nothing to decide; and no decision without a reason", async () => {
  await expect(decideRefresh("reject", options(), decider)).rejects.toMatchObject({ exit: 1 });
  await writeFile(refreshFiles(database).state, JSON.stringify(state));
  await expect(decideRefresh("reject", { ...options(), reason: " " }, decider)).rejects.toThrow("--reason");
});

test("a hold is shown with its reasons, whose images, and both ways out", () => {
  expect(refreshText(undefined)).toEqual([]);
  expect(refreshText({ format: 1, inUse: state.inUse })).toEqual([
    "Images are decided by these advisories since 2026-11-20T12:00:00Z.",
  ]);
  expect(refreshText(state)).toEqual([
    "HELD since 2026-11-21T12:00:00Z: images are decided by what was in use on 2026-11-20T12:00:00Z.",
    "  it would newly refuse 2 of 9 running images: more than a tenth",
    "  r.example/web@sha256:1 is out of policy: CVE-1\ufffd[2J",
    "  r.example/db@sha256:2",
    '  Right?   bulkhead advisories accept --reason "…"',
    '  Broken?  bulkhead advisories reject --reason "…"   (back to what is in use)',
  ]);
});
