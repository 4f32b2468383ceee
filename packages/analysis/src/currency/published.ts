import type { MachineItem } from "@bulkhead/api";
import { type Candidate, gravestFirst, type ItemKind, itemKinds } from "./item.ts";

const most = { items: 600, flaws: 32, gaps: 16, sources: 16, text: 1000 };

const cut = (text: string): string => (text.length <= most.text ? text : `${text.slice(0, most.text - 1)}…`);

/** What a machine publishes of a thing: what does not fit is counted. */
export function publishedItem({ vulnerabilities, gaps, ...told }: Candidate): MachineItem {
  const flaws = vulnerabilities.toSorted(gravestFirst);
  const further = flaws.slice(most.flaws).filter(({ touches }) => touches !== "no").length;
  return {
    ...told,
    origin: cut(told.origin),
    remedy: cut(told.remedy),
    vulnerabilities: flaws
      .slice(0, most.flaws)
      .map(({ id, severity, fixed, exploited, touches, because, sources }) => ({
        id,
        severity,
        ...(fixed === undefined ? {} : { fixed: cut(fixed) }),
        exploited,
        touches,
        because: cut(because),
        sources: sources.slice(0, most.sources),
      })),
    ...(further === 0 ? {} : { furtherVulnerabilities: further }),
    gaps: gaps.slice(0, most.gaps).map(cut),
  };
}

/** All that fits, what speaks against a thing before what does not; `left`: how many did not fit. */
export function publishedItems(candidates: readonly Candidate[]): {
  readonly items: readonly MachineItem[];
  readonly left: number;
} {
  const weight = ({ vulnerabilities, support, newest }: Candidate): number =>
    (vulnerabilities.some(({ touches }) => touches !== "no") ? 0 : 4) +
    (support?.ended === true ? 0 : 2) +
    (newest?.newer === true ? 0 : 1);
  const ordered = candidates.toSorted((a, b) => weight(a) - weight(b));
  return {
    items: ordered.slice(0, most.items).map(publishedItem),
    left: Math.max(0, ordered.length - most.items),
  };
}

const isKind = (kind: string): kind is ItemKind => itemKinds.some((each) => each === kind);

/** The way back. Undefined for a kind of thing that is not known here: its machine is newer. */
export const candidateOfMachine = ({ kind, ...told }: MachineItem): Candidate | undefined =>
  isKind(kind) ? { ...told, kind } : undefined;
