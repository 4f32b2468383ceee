/** Times as Kubernetes writes and prints them. */

const seconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const micros = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 in UTC and whole seconds (metav1.Time); what is no time stays as it is. */
export function canonicalTime(text: string): string {
  if (seconds.test(text)) return text;
  const match = rfc3339.exec(text);
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(at) ? text : `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 in UTC with six digits of a second (metav1.MicroTime); what is no time stays as it is. */
export function canonicalMicroTime(text: string): string {
  if (micros.test(text)) return text;
  const match = rfc3339.exec(text);
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || Number.isNaN(at)) return text;
  return `${new Date(at).toISOString().slice(0, 19)}.${(match[2] ?? "").padEnd(6, "0").slice(0, 6)}Z`;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

const withRest = (whole: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;

/** A duration as kubectl's columns show it: two units at most, fewer as it grows (apimachinery's HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const s = Math.trunc(milliseconds / 1000);
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  if (s < 2 * minute) return `${s}s`;
  const m = Math.trunc(s / minute);
  if (m < 10) return withRest(m, "m", s % minute, "s");
  if (m < 3 * 60) return `${m}m`;
  const h = Math.trunc(s / hour);
  if (h < 8) return withRest(h, "h", m % 60, "m");
  if (h < 48) return `${h}h`;
  const d = Math.trunc(s / day);
  if (h < 8 * 24) return withRest(d, "d", h % 24, "h");
  if (s < 2 * year) return `${d}d`;
  const y = Math.trunc(s / year);
  if (s < 8 * year) return withRest(y, "y", d % 365, "d");
  return `${y}y`;
}

/** How long ago a time was, as the Age column shows it. */
export function age(time: string | null | undefined, now: number): string {
  if (time === null || time === undefined || time === "") return "<unknown>";
  const at = Date.parse(time);
  return Number.isNaN(at) ? "<unknown>" : humanDuration(now - at);
}
