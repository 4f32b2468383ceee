import { expect, test } from "vitest";
import { backupsControls } from "../posture/controls/backups.ts";
import { evaluateFixture, fixtureOf } from "../posture/custom/fixture.ts";
import { backupFactsOf, type SeenBackup } from "./backup-facts.ts";

const now = "2026-11-22T12:00:00Z";
const where = "record.json";
const good: SeenBackup = {
  made: "2026-11-22T03:00:00Z",
  where: "/mnt/one.backup",
  there: true,
  openedBy: "a recovery key",
  elsewhere: { value: true, where: "nfs" },
  keysApart: { value: true, where: "a stick" },
  tested: "2026-11-01T03:00:00Z",
};

/** What the controls over backups make of them: `fail backup-stale`. */
const answers = (backups: readonly SeenBackup[]): string[] =>
  evaluateFixture(fixtureOf(`# now: ${now}`, [backupFactsOf("one", where, backups)]), backupsControls)
    .findings()
    .map(({ outcome, control }) => `${outcome} ${control.id}`)
    .toSorted();

test("what is as it should be breaks nothing, and nothing is unknown", () => {
  expect(answers([good])).toEqual([]);
});

test("no backup is one finding, and not six", () => {
  expect(answers([])).toEqual(["fail backup-missing"]);
});

test.each<readonly [string, Partial<SeenBackup>, string[]]>([
  ["old", { made: "2026-11-18T03:00:00Z" }, ["fail backup-stale"]],
  ["on this machine", { elsewhere: { value: false, where: "ext4" } }, ["fail backup-same-machine"]],
  ["on a file system that does not tell", { elsewhere: undefined as never }, ["unknown backup-same-machine"]],
  ["beside its key", { keysApart: { value: false, where: "beside" } }, ["fail backup-keys-beside"]],
  ["never tried", { tested: undefined as never }, ["fail backup-untested"]],
  ["tried a year ago", { tested: "2025-11-01T00:00:00Z" }, ["fail backup-untested"]],
])("one that is %s", (_, over, expected) => {
  const backup = Object.fromEntries(Object.entries({ ...good, ...over }).filter(([, value]) => value !== undefined));
  expect(answers([backup as unknown as SeenBackup])).toEqual(expected);
});

test("one that does not lie there any more counts for nothing: the one before it does", () => {
  const older = { ...good, made: "2026-11-17T03:00:00Z" };
  expect(answers([{ ...good, there: false }, older])).toEqual(["fail backup-stale"]);
  expect(answers([{ ...good, there: false }])).toEqual([
    "unknown backup-keys-beside",
    "unknown backup-same-machine",
    "unknown backup-stale",
    "unknown backup-unencrypted",
  ]);
});
