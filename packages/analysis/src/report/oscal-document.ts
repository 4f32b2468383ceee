import type { Control } from "../posture/control.ts";
import type { FrameworkId } from "../posture/frameworks.ts";
import { oscalVersion } from "./oscal.ts";

/** What OSCAL's documents share. */
export interface Metadata {
  readonly title: string;
  readonly "last-modified": string;
  readonly version: string;
  readonly "oscal-version": typeof oscalVersion;
}

export const metadata = (title: string, at: string, version: string): Metadata => ({
  title,
  "last-modified": at,
  version,
  "oscal-version": oscalVersion,
});

/** A requirement's identifier as OSCAL's token: `owasp-K01-2025`. */
export const tokenOf = (framework: FrameworkId, id: string): string =>
  `${framework}-${id.replace(/[^\p{L}\p{N}._-]/gu, "-")}`;

/** The requirements that a control cites, as tokens. */
export const citedIn = (control: Control, ids: readonly FrameworkId[]): readonly string[] =>
  ids.flatMap((id) => (control.frameworks[id] ?? []).map((cited) => tokenOf(id, cited)));
