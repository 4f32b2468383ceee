/** Fields of a JSON document that a person may have edited: each reader says what is wrong, and where. */

/** A place in a broken document. */
export class Broken extends Error {}

const day = 86_400_000;

/** A moment as `end` reads it: a day where it ends with one. */
export const endText = (expires: number): string =>
  expires % day === 0 ? new Date(expires - day).toISOString().slice(0, 10) : new Date(expires).toISOString();

export function record(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Broken(`${at}: it is no object`);
  return value as Readonly<Record<string, unknown>>;
}

export function array(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Broken(`${at}: it is no list`);
  return value;
}

export function word(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") throw new Broken(`${at}: it is no text`);
  return value;
}

export const optional = <T>(value: unknown, at: string, read: (value: unknown, at: string) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value, at);

export function choice<T extends string>(value: unknown, at: string, of: readonly T[]): T {
  const text = word(value, at);
  if (!(of as readonly string[]).includes(text))
    throw new Broken(`${at}: ${JSON.stringify(text)} is none of ${of.join(", ")}`);
  return text as T;
}

export function mark(value: unknown, at: string): true | undefined {
  if (typeof value !== "boolean") throw new Broken(`${at}: it is neither true nor false`);
  return value ? true : undefined;
}

/** A day lasts until its end, in UTC. */
export function end(value: unknown, at: string): number {
  const text = word(value, at);
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? Date.parse(`${text}T00:00:00Z`) + day
    : /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Number.isNaN(time))
    throw new Broken(`${at}: ${JSON.stringify(text)} is no day (YYYY-MM-DD) and no time (RFC 3339)`);
  return time;
}

export const words = (value: unknown, at: string): readonly string[] =>
  array(value, at).map((each, i) => word(each, `${at}[${i}]`));
