import { Cron } from "croner";

/** When something is due, read from five fields of cron in a time zone. */
export interface Schedule {
  /** The first time after one; undefined: never again. Milliseconds since the epoch. */
  after(time: number): number | undefined;
  /** The last time after `since` that is not after `now`; undefined: none. */
  lastBetween(since: number, now: number): number | undefined;
}

const hour = 3_600_000;
const day = 24 * hour;
/** Times looked at one after the other at most. */
const most = 1000;

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** What a schedule means, or why it means nothing. A time that a clock set forward leaves out comes an hour later. */
export function readSchedule(text: string, timeZone = "UTC"): Schedule | string {
  if (!/^\S+( +\S+){4}$/.test(text.trim())) return "schedule: five fields are needed: minute hour day month weekday";
  if (!isZone(timeZone)) return `timeZone: there is no ${JSON.stringify(timeZone)}`;
  let cron: Cron;
  try {
    cron = new Cron(text.trim(), { paused: true, timezone: timeZone });
  } catch (error) {
    return `schedule: ${error instanceof Error ? error.message : "it is not understood"}`;
  }
  const after = (time: number): number | undefined => cron.nextRun(new Date(time))?.getTime();
  const first = after(0);
  if (first === undefined) return "schedule: that time never comes";
  for (let i = 0, time = first; i < 100; i++) {
    const next = after(time);
    if (next === undefined) break;
    if (next - time < hour) return "schedule: it is due more often than hourly";
    time = next;
  }
  const walk = (from: number, now: number): number | undefined => {
    let due: number | undefined;
    for (let i = 0, time = after(from); i < most && time !== undefined && time <= now; i++, time = after(time))
      due = time;
    return due;
  };
  return {
    after,
    // Who was away for long begins near the end, and looks further back only where nothing was due there.
    lastBetween: (since, now) =>
      walk(Math.max(since, now - 40 * day), now) ?? walk(Math.max(since, now - 2200 * day), now),
  };
}
