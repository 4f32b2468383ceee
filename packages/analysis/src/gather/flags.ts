import type { Pod, Seen } from "@bulkhead/api";

/** The command line of a component that runs as a static pod, and what is not said there by its documented default. */
export interface CommandLine {
  /** The pod, as messages name it. */
  readonly pod: string;
  text(flag: string): Seen<string> | undefined;
  /** `fallback`: what the component does where the flag is not given. */
  flag(flag: string, fallback: boolean): Seen<boolean>;
  /** Parts between commas; undefined where the flag is not given. */
  list(flag: string): Seen<readonly string[]> | undefined;
  or<T>(flag: string, read: (text: string) => T | undefined, fallback: T): Seen<T> | undefined;
}

/** The flags of a pod's container that runs `program`; undefined where none does. The last of a repeated flag counts. */
export function commandLineOf(pod: Pod, program: string): CommandLine | undefined {
  for (const { command = [], args = [] } of pod.spec?.containers ?? []) {
    const words = [...command, ...args];
    const at = words.findIndex((word) => word === program || word.endsWith(`/${program}`));
    if (at >= 0) return read(`Pod ${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`, words.slice(at + 1));
  }
  return undefined;
}

function read(pod: string, words: readonly string[]): CommandLine {
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [, name, value] = /^--?([A-Za-z][A-Za-z0-9-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (name === undefined) continue;
    const next = words[index + 1];
    flags.set(name, value ?? (next === undefined || next.startsWith("-") ? "true" : next));
  }
  const whereOf = (flag: string): string => `${pod}, --${flag}`;
  const text = (flag: string): Seen<string> | undefined => {
    const value = flags.get(flag);
    return value === undefined ? undefined : { value, where: whereOf(flag) };
  };
  return {
    pod,
    text,
    flag: (flag, fallback) => {
      const given = text(flag);
      return given === undefined
        ? { value: fallback, where: `${whereOf(flag)} is not given` }
        : { value: given.value !== "false", where: given.where };
    },
    list: (flag) => {
      const given = text(flag);
      return given === undefined
        ? undefined
        : { value: given.value.split(",").filter((part) => part !== ""), where: given.where };
    },
    or: (flag, parse, fallback) => {
      const given = text(flag);
      if (given === undefined) return { value: fallback, where: `${whereOf(flag)} is not given` };
      const value = parse(given.value);
      return value === undefined ? undefined : { value, where: given.where };
    },
  };
}

/** Seconds of Go's way to write a duration: `1h30m`, `300s`. */
export function secondsOf(text: string): number | undefined {
  if (text === "0") return 0;
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) return undefined;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0);
}
