import type { Severity } from "../posture/control.ts";
import { isAtLeast, type PostureFinding, type PostureReport } from "./posture-report.ts";

/** One finding that was there before. */
export interface PostureBaselineEntry {
  readonly id: string;
  /** As it was rated; a graver one counts anew. */
  readonly severity?: Severity;
  /** Why it may stay. */
  readonly reason?: string;
  /** From then on it counts again; milliseconds since the epoch. */
  readonly expires?: number;
}

/** How a failing finding stands beside a baseline. Only `known` ones do not count. */
export type PostureStanding = "new" | "known" | "worse" | "expired";

export interface PostureCompared {
  /** One for each failing finding. */
  readonly standings: ReadonlyMap<string, { readonly is: PostureStanding; readonly entry?: PostureBaselineEntry }>;
  /** Right now, and was not before. */
  readonly gone: readonly PostureBaselineEntry[];
  /** Failing before, accepted by an Exception now. */
  readonly accepted: readonly PostureBaselineEntry[];
  /** Was there before, and nobody can say now, which is not the same as gone. */
  readonly unseen: readonly PostureBaselineEntry[];
}

const partsOf = (id: string): readonly string[] => id.split("|");

/** Holds failing findings against a baseline. What could not be looked at is not gone. */
export function comparePosture(
  { findings, controls, gaps }: Pick<PostureReport, "findings" | "controls" | "gaps">,
  entries: readonly PostureBaselineEntry[],
  now: number,
): PostureCompared {
  const before = new Map(entries.map((entry) => [entry.id, entry]));
  const standings = new Map<string, { is: PostureStanding; entry?: PostureBaselineEntry }>();
  const failing = findings.filter(({ outcome }) => outcome === "fail");
  for (const { id, severity } of failing) {
    const entry = before.get(id);
    if (entry === undefined) standings.set(id, { is: "new" });
    else if (entry.expires !== undefined && entry.expires <= now) standings.set(id, { is: "expired", entry });
    else if (entry.severity !== undefined && entry.severity !== severity && isAtLeast(severity, entry.severity))
      standings.set(id, { is: "worse", entry });
    else standings.set(id, { is: "known", entry });
  }
  const accepted = new Set(findings.filter(({ outcome }) => outcome === "accepted").map(({ id }) => id));
  const blind = new Set(
    findings.filter(({ outcome }) => outcome === "unknown" || outcome === "error").map((f) => placeOf(f.id)),
  );
  const asked = new Set(controls.map(({ id }) => id));
  const missing = entries.filter(({ id }) => !standings.has(id) && !accepted.has(id));
  const isUnseen = ({ id }: PostureBaselineEntry): boolean => {
    const [control = "", kind = "", name = ""] = partsOf(id);
    const namespace = name.includes("/") ? name.slice(0, name.indexOf("/")) : undefined;
    return (
      !asked.has(control) ||
      blind.has(placeOf(id)) ||
      gaps.some((gap) => gap.kind === kind && (gap.namespace === undefined || gap.namespace === namespace))
    );
  };
  return {
    standings,
    gone: missing.filter((e) => !isUnseen(e)),
    accepted: entries.filter(({ id }) => accepted.has(id)),
    unseen: missing.filter(isUnseen),
  };
}

/** Control, kind and object of a finding's id. */
const placeOf = (id: string): string => partsOf(id).slice(0, 3).join("|");

/** All that fails now, with the reasons that a former baseline gave. */
export const postureEntries = (
  findings: readonly PostureFinding[],
  compared: PostureCompared | undefined,
): readonly PostureBaselineEntry[] =>
  findings
    .filter(({ outcome }) => outcome === "fail")
    .map(({ id, severity }) => {
      const standing = compared?.standings.get(id);
      const { reason, expires } = standing?.entry ?? {};
      return {
        id,
        severity,
        ...(reason === undefined ? {} : { reason }),
        ...(expires === undefined ? {} : { expires }),
      };
    });
