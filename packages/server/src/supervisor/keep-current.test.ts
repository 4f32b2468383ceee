import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@bulkhead/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type CurrencyKeeper, currencyKeeper } from "./keep-current.ts";

let folder = "";
let keeper: CurrencyKeeper;
let at = 0;
let wanted = true;
const complaints: object[] = [];
const looks = (): number => {
  try {
    return readFileSync(join(folder, "looks"), "utf8").length;
  } catch {
    return 0;
  }
};
const make = (script: string): CurrencyKeeper =>
  currencyKeeper({
    command: ["/bin/sh", "-c", script],
    env: { FOLDER: folder, PATH: "/usr/bin:/bin" },
    files: [join(folder, "advisories.db")],
    wanted: () => wanted,
    complaint: "it did not go well",
    log: { ...silentLog, warn: (fields) => complaints.push(fields) },
    now: () => at,
    first: 100_000,
    every: 600_000,
  });
/** Ticks twice, since a change counts once it stands still, and waits for the look to be over. */
const settled = async (count: number): Promise<void> => {
  keeper.tick();
  keeper.tick();
  await vi.waitFor(() => expect(looks()).toBe(count), { interval: 10 });
  await new Promise((resolve) => setTimeout(resolve, 50));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bulkhead-keep-"));
  at = 0;
  wanted = true;
  complaints.length = 0;
  keeper = make('printf x >> "$FOLDER/looks"');
});
afterEach(async () => {
  await keeper.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("where nothing is wanted it does not look, and does as soon as something is", async () => {
  wanted = false;
  at = 900_000;
  await settled(0);
  wanted = true;
  await settled(1);
});

test("it looks when its time has come, and when a file changed and stands still, not more often than it may", async () => {
  await settled(0);
  at = 100_000;
  await settled(1);
  writeFileSync(join(folder, "advisories.db"), "new");
  at += 1000;
  await settled(1);
  at += 20_000;
  await settled(2);
  at += 599_000;
  await settled(2);
  at += 2000;
  await settled(3);
});

test("a failure is told once, and one under way is ended with the supervisor", async () => {
  keeper = make('printf x >> "$FOLDER/looks"; echo "no API" >&2; exit 2');
  at = 100_000;
  await settled(1);
  at += 600_001;
  await settled(2);
  expect(complaints).toEqual([{ code: 2, said: "no API" }]);
  keeper = make('printf x >> "$FOLDER/looks"; exec sleep 60');
  at += 600_001;
  await settled(3);
  await keeper.stop();
  at += 600_001;
  await settled(3);
});
