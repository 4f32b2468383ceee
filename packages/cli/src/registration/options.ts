import { Option } from "commander";
import { defaultRoot } from "../instance/admin-client.ts";

/** Options that several commands have, with the same words in each. */
export const rootOption = (): Option =>
  new Option("--root <folder>", "the instance's folder").default(defaultRoot).env("BULKHEAD_ROOT");

export const kubeconfigOption = (): Option =>
  new Option("--kubeconfig <file>", "ask as this file's user (default: $KUBECONFIG, else the instance's admin)");

export const outputOption = (): Option => new Option("-o, --output <format>", "json or yaml, for programs");

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Examples for a command's help: what one types, and what for. */
export function examples(...rows: readonly (readonly [command: string, what: string])[]): string {
  return `\nExamples:\n${rows.map(([command, what]) => `  ${command}\n      ${what}`).join("\n")}\n`;
}
