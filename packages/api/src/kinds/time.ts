/** Times as Kubernetes writes them. */

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
