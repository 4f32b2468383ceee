import type { BriefScheduleStatus } from "@bulkhead/api";
import type { Schedule } from "./cron.ts";

/** What is to be done about a schedule now. Times in milliseconds. */
export type Step =
  | { readonly do: "wait"; readonly until: number | undefined }
  | { readonly do: "send"; readonly period: number; readonly attempt: number }
  /** It was being sent when somebody stopped: whether it arrived nobody knows, and it is not sent twice. */
  | { readonly do: "leave"; readonly period: number }
  /** It fell due while nothing is to be sent. */
  | { readonly do: "skip"; readonly period: number };

export const mostAttempts = 8;
const minute = 60_000;

/** How long after an attempt that failed the next one comes. */
export const backOff = (attempt: number): number => Math.min(minute * 2 ** (attempt - 1), 60 * minute);

export interface Standing {
  readonly status: BriefScheduleStatus | undefined;
  /** When the object was made. */
  readonly created: number;
  readonly paused: boolean;
  /** It says something else than when its status was written. */
  readonly changed: boolean;
  /** When it is due besides, since somebody asked. */
  readonly asked?: number | undefined;
}

/** From what is written, without memory of its own: a restart plans the same. */
export function planStep(schedule: Schedule, standing: Standing, now: number): Step {
  const { status, created, paused, changed } = standing;
  const period = status?.period === undefined ? undefined : Date.parse(status.period);
  if (status?.phase === "Sending" && period !== undefined) return { do: "leave", period };
  const asked = askedAfter(standing, period);
  const due = later(schedule.lastBetween(changed ? now : (period ?? created), now), asked <= now ? asked : undefined);
  if (due !== undefined) return paused ? { do: "skip", period: due } : { do: "send", period: due, attempt: 1 };
  const then = Math.min(schedule.after(now) ?? Number.POSITIVE_INFINITY, asked);
  const next = Number.isFinite(then) ? then : undefined;
  if (paused || period === undefined) return { do: "wait", until: next };
  // Whoever mended what failed need not wait.
  if (changed && (status?.phase === "Failed" || status?.phase === "GivenUp")) return { do: "send", period, attempt: 1 };
  if (status?.phase !== "Failed") return { do: "wait", until: next };
  const attempts = status.attempts ?? 1;
  const again = status.next === undefined ? now : Date.parse(status.next);
  if (again <= now) return { do: "send", period, attempt: attempts + 1 };
  return { do: "wait", until: Math.min(again, next ?? again) };
}

/** What was asked for and not worked on yet; infinite: nothing. Periods are written in seconds. */
function askedAfter({ asked, created }: Standing, period: number | undefined): number {
  const second = asked === undefined ? Number.NaN : Math.floor(asked / 1000) * 1000;
  const isNew = period === undefined ? second >= created : second > period;
  return isNew ? second : Number.POSITIVE_INFINITY;
}

const later = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
