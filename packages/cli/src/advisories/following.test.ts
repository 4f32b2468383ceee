import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { followedText } from "./advisories-text.ts";
import { followAdvisories } from "./follow.ts";
import { dueOf, type Followed, type Look, withLook } from "./following.ts";
import { refreshAdvisories } from "./refresh.ts";

const hour = 3_600_000;
const followed: Followed = { location: "/mirror", every: 6 * hour, by: "root", since: "2026-11-22T00:00:00Z" };
const look = (outcome: Look["outcome"], at: number, says = "why"): Omit<Look, "told"> => ({
  location: "/mirror",
  at,
  outcome,
  says,
});
const due = (looks: readonly Look[], now: number) => dueOf([followed], looks, now).length === 1;

test("it is due at first, after its time, sooner after a failure, and when a clock was set back", () => {
  expect(due([], 0)).toBe(true);
  const well = withLook([], look("taken", 1000));
  expect([due(well, 1000), due(well, 999 + 6 * hour), due(well, 1000 + 6 * hour)]).toEqual([false, false, true]);
  const ill = withLook([], look("failed", 1000));
  expect([due(ill, 999 + hour), due(ill, 1000 + hour)]).toEqual([false, true]);
  expect(due(well, 0)).toBe(true);
});

test("a failure is told once, another one again, and so is that it goes well again", () => {
  const told = (looks: readonly Look[]) => looks.map((each) => ({ ...each, told: true }));
  const first = withLook([], look("taken", 0));
  expect(first[0]?.told).toBe(true);
  const failed = withLook(first, look("failed", 1));
  expect(failed[0]?.told).toBe(false);
  expect(withLook(failed, look("failed", 2))[0]?.told).toBe(false);
  expect(withLook(told(failed), look("failed", 2))[0]?.told).toBe(true);
  expect(withLook(told(failed), look("failed", 2, "another"))[0]?.told).toBe(false);
  expect(withLook(told(failed), look("held", 2))[0]?.told).toBe(false);
  expect(withLook(told(failed), look("taken", 2))[0]?.told).toBe(false);
});

let root: string;
let mirror: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bulkhead-follow-"));
  mirror = join(root, "mirror");
  await mkdir(mirror);
  await writeFile(join(root, "instance.json"), JSON.stringify({ format: 1, id: "x" }));
});
afterEach(() => rm(root, { recursive: true }));

/** A catalogue of exploited flaws with so many entries. */
const catalogue = (count: number) =>
  writeFile(
    join(mirror, "known_exploited_vulnerabilities.json"),
    JSON.stringify({
      title: "CISA Catalog of Known Exploited Vulnerabilities",
      catalogVersion: "2026.11.22",
      dateReleased: "2026-11-22T00:00:00Z",
      count,
      vulnerabilities: Array.from({ length: count }, (_, i) => ({
        cveID: `CVE-2026-${1000 + i}`,
        dateAdded: "2026-11-01",
        knownRansomwareCampaignUse: "Unknown",
      })),
    }),
  );

test.skipIf(process.getuid?.() !== 0)(
  "what is followed is taken in when its time has come; what shrinks is held as by hand, and told (needs root)",
  async () => {
    const start = Date.now();
    const refresh = async (hours: number) => (await refreshAdvisories({ root }, () => start + hours * hour)).looked;
    expect(await refresh(0)).toEqual([]);
    await catalogue(400);
    await followAdvisories(mirror, { root, every: "2h" });
    expect(await refresh(0)).toMatchObject([{ outcome: "taken", told: true }]);
    expect(await refresh(1)).toEqual([]);
    await catalogue(300);
    expect(await refresh(2)).toMatchObject([{ outcome: "held", told: false, says: expect.stringContaining("kev") }]);
    await rm(mirror, { recursive: true });
    expect(await refresh(3)).toMatchObject([{ outcome: "failed", says: `${mirror} is not there` }]);
    const { followed: all } = await followAdvisories(undefined, { root });
    expect(all).toMatchObject([{ location: mirror, every: 2 * hour, last: { outcome: "failed" } }]);
    expect(followedText(all, start + 3 * hour).join("\n")).toContain("failed just now");
    expect((await followAdvisories(mirror, { root, remove: true })).followed).toEqual([]);
    expect(await refresh(9)).toEqual([]);
  },
);

test.skipIf(process.getuid?.() !== 0).each([
  ["too often", "http://127.0.0.1:1", { every: "1m" }],
  ["no time", "http://127.0.0.1:1", { every: "often" }],
  ["nowhere", "/nonexistent/mirror", {}],
  ["a password", "https://me:secret@mirror.example", {}],
  ["a folder's ecosystem", ".", { ecosystem: ["npm"] }],
  ["not followed", "/elsewhere", { remove: true }],
])("%s is refused (needs root)", async (_, location, options) => {
  await expect(followAdvisories(location, { root, ...options })).rejects.toMatchObject({ name: "CommandFailure" });
});
