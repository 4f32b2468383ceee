import type { UpdateWindow } from "@bulkhead/api";

export type Openness = { readonly open: true } | { readonly open: false; readonly until: number | undefined };

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const minute = 60_000;
const quarter = 15 * minute;
/** A week, and a day for clocks that are set forward. */
const horizon = (8 * 24 * 60 * minute) / quarter;

/** Minutes that a zone's clock is ahead of UTC at a moment. Zones change at full quarters of an hour. */
function clockOf(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute: minutes = 0 } = parts;
    return Math.round((Date.UTC(year, month - 1, day, hour, minutes) - Math.floor(at / minute) * minute) / minute);
  };
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

interface ReadWindow {
  readonly days: ReadonlySet<number>;
  readonly from: number;
  readonly to: number;
  readonly ahead: (at: number) => number;
}

/** Throws RangeError on a time zone that is none. */
const read = (window: UpdateWindow): ReadWindow => ({
  days: new Set((window.days ?? weekdays).map((day) => weekdays.indexOf(day as (typeof weekdays)[number]))),
  from: minutesOf(window.from),
  to: minutesOf(window.to),
  ahead: clockOf(window.timeZone ?? "UTC"),
});

function covers({ days, from, to }: ReadWindow, at: number, ahead: number): boolean {
  const local = new Date(at + ahead * minute);
  const day = local.getUTCDay();
  const now = local.getUTCHours() * 60 + local.getUTCMinutes();
  if (from < to) return days.has(day) && now >= from && now < to;
  // It ends on the day after the one that it is named for.
  return (days.has(day) && now >= from) || (days.has((day + 6) % 7) && now < to);
}

/** Whether updates may begin now, and else when they may next. No windows: always. Throws RangeError on a bad time zone. */
export function openness(windows: readonly UpdateWindow[] | undefined, now: number): Openness {
  if (windows === undefined || windows.length === 0) return { open: true };
  const known = windows.map(read);
  if (known.some((window) => covers(window, now, window.ahead(now)))) return { open: true };
  const first = Math.floor(now / quarter);
  for (let i = 0; i <= horizon; i++) {
    const start = (first + i) * quarter;
    const aheads = known.map((window) => window.ahead(start));
    for (let at = start; at < start + quarter; at += minute)
      if (at > now && known.some((window, w) => covers(window, at, aheads[w] ?? 0))) return { open: false, until: at };
  }
  return { open: false, until: undefined };
}
