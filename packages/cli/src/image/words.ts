import { harmless, paint } from "../output/print.ts";
import { severities } from "./scan-report.ts";

const paints = { critical: "red", high: "red", medium: "yellow", low: "cyan" } as const;

/** A severity in its colour. */
export const level = (word: string): string => {
  const style = paints[word as keyof typeof paints];
  return style === undefined ? word : paint(word === "critical" ? ["red", "bold"] : style, word);
};

/** Not by Intl, which takes 25 ms to begin. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

export const plural = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`;

export const bytes = (n: number): string =>
  n >= 1e9
    ? `${(n / 1e9).toFixed(1)} GB`
    : n >= 1e6
      ? `${Math.round(n / 1e6)} MB`
      : `${Math.max(1, Math.round(n / 1e3))} kB`;

/** Others' text on one line, steering nothing. */
export const clean = (text: string): string => harmless(text).replace(/\s+/g, " ");
export const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;
export const title = (text: string): string => `\n${paint("bold", text)}`;

/** `3 critical, 12 high`, nothing where there is none. */
export const counts = (levels: readonly string[]): string =>
  severities
    .flatMap((s) => {
      const n = levels.filter((l) => l === s).length;
      return n === 0 ? [] : [`${n} ${level(s)}`];
    })
    .join(", ");
