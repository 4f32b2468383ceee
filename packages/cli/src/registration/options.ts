import { silentProgress, textProgress } from "@bulkhead/host";
import { InvalidArgumentError, Option } from "commander";
import { CommandFailure } from "../exit-codes.ts";
import { defaultRoot } from "../instance/usual-root.ts";
import { harmless } from "../output/print.ts";

/** Options that several commands have, with the same words in each. */
const root = (said: string): Option =>
  new Option("--root <folder>", `the instance's folder (default: ${said})`)
    .argParser((text: string) => {
      if (text === "") throw new InvalidArgumentError("name a folder.");
      return text;
    })
    .env("BULKHEAD_ROOT");

/** For commands about an instance that is there. */
export const rootOption = (): Option =>
  root(`where your kubeconfig leads, else the only one that runs, else ${defaultRoot}`);

/** For commands that make or remove one. */
export const rootToMakeOption = (): Option => root(defaultRoot);

export const kubeconfigOption = (): Option =>
  new Option(
    "--kubeconfig <file>",
    "ask as this file's user (default: $KUBECONFIG where it leads to --root, else the instance's admin)",
  );

export const outputOption = (): Option => new Option("-o, --output <format>", "json or yaml, for programs");

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A port from a command line, with room for the two after it. Throws CommandFailure. */
export function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_000)
    throw new CommandFailure(`--port ${text}: a number from 1 to 65000`);
  return value;
}

/** Progress on standard error, so that standard output holds the result alone. What is told may be others' text. */
export function progress(quiet?: boolean): ReturnType<typeof textProgress> {
  if (quiet === true) return silentProgress;
  const shown = textProgress(process.stderr, () => performance.now());
  return {
    step: (text) => shown.step(harmless(text)),
    detail: (text) => shown.detail(harmless(text)),
    note: (text) => shown.note(harmless(text)),
  };
}

/** Examples for a command's help: what one types, and what for. */
export function examples(...rows: readonly (readonly [command: string, what: string])[]): string {
  return `\nExamples:\n${rows.map(([command, what]) => `  ${command}\n      ${what}`).join("\n")}\n`;
}
