import type { ImagePatch } from "@bulkhead/images";
import { columns, harmless, paint } from "../output/print.ts";

/** What a patch would change, or did. */
export interface PatchReport extends Omit<ImagePatch, "layer"> {
  readonly name: string;
  readonly digest?: string;
  /** All known flaws, and those that have a fix which a distribution's package could bring. */
  readonly findings: number;
  readonly wanted: number;
  readonly layer?: { readonly digest: string; readonly bytes: number };
  readonly pushed?: { readonly image: string; readonly signed: boolean };
}

const size = (bytes: number): string =>
  bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;

const few = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");

/** As a person reads it: what comes in the place of what, from where, and what stays as it is and why. */
export function patchText(report: PatchReport): string {
  const { upgrades, refused, notes, layer, pushed, wanted, findings } = report;
  const lines = [
    `${paint("bold", harmless(report.name))}${report.digest === undefined ? "" : ` ${report.digest.slice(0, 19)}…`}, ${report.base}: ${wanted} of ${findings} known flaws have a fix in its distribution`,
  ];
  if (upgrades.length > 0) {
    const rows = upgrades.map(({ name, from, to, origin, fixes, neededBy }) => [
      harmless(name),
      harmless(from),
      harmless(to),
      origin,
      fixes.length > 0 ? few(fixes.map(({ id }) => harmless(id))) : `needed by ${harmless(neededBy ?? "?")}`,
    ]);
    lines.push("", columns([["PACKAGE", "FROM", "TO", "SUITE", "MENDS"], ...rows]).trimEnd());
  }
  if (refused.length > 0) {
    lines.push("", paint("yellow", "Left as they are:"));
    for (const { package: name, version, reason, fixes } of refused)
      lines.push(`  ${harmless(name)} ${harmless(version)}: ${harmless(reason)} (${few(fixes.map(harmless))})`);
  }
  if (notes.length > 0) lines.push("", "To know:", ...notes.map((note) => `  ${harmless(note)}`));
  lines.push("");
  if (layer === undefined) lines.push("Nothing to put on it.");
  else if (pushed === undefined)
    lines.push(
      `One layer of ${size(layer.bytes)}; no script of a package is run. Push it, signed: bulkhead image patch --push ${harmless(report.name)}`,
    );
  else
    lines.push(
      `Pushed ${paint("green", harmless(pushed.image))}${pushed.signed ? ", signed" : "; not signed: no key (--key FILE)"}`,
    );
  return `${lines.join("\n")}\n`;
}
