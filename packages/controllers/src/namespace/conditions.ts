import type { NamespaceCondition } from "@bulkhead/api";
import { timestamp } from "../controller.ts";

/** What one pass over a namespace's content found. */
export interface Findings {
  /** Group versions that discovery could not list. */
  readonly undiscovered: readonly string[];
  /** Deletions that failed. */
  readonly failures: readonly string[];
  /** What is still there: `pods.` or `deployments.apps` to the count. */
  readonly remaining: ReadonlyMap<string, number>;
  /** Finalizers on what is still there, to the count. */
  readonly finalizers: ReadonlyMap<string, number>;
}

interface Row {
  readonly type: string;
  readonly fine: { readonly reason: string; readonly message: string };
  readonly trouble: (findings: Findings) => { readonly reason: string; readonly message: string } | undefined;
}

const counted = (counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(", ");

/** The five conditions of a namespace that is being deleted, in upstream's words. */
const rows: readonly Row[] = [
  {
    type: "NamespaceDeletionDiscoveryFailure",
    fine: { reason: "ResourcesDiscovered", message: "All resources successfully discovered" },
    trouble: ({ undiscovered }) =>
      undiscovered.length === 0
        ? undefined
        : {
            reason: "DiscoveryFailed",
            message: `Discovery failed for some groups, ${undiscovered.length} failing: unable to retrieve the complete list of server APIs: ${undiscovered.join(", ")}`,
          },
  },
  {
    type: "NamespaceDeletionGroupVersionParsingFailure",
    fine: { reason: "ParsedGroupVersions", message: "All legacy kube types successfully parsed" },
    trouble: () => undefined,
  },
  {
    type: "NamespaceDeletionContentFailure",
    fine: {
      reason: "ContentDeleted",
      message: "All content successfully deleted, may be waiting on finalization",
    },
    trouble: ({ failures }) =>
      failures.length === 0
        ? undefined
        : {
            reason: "ContentDeletionFailed",
            message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(", ")}`,
          },
  },
  {
    type: "NamespaceContentRemaining",
    fine: { reason: "ContentRemoved", message: "All content successfully removed" },
    trouble: ({ remaining }) =>
      remaining.size === 0
        ? undefined
        : {
            reason: "SomeResourcesRemain",
            message: `Some resources are remaining: ${counted(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
          },
  },
  {
    type: "NamespaceFinalizersRemaining",
    fine: { reason: "ContentHasNoFinalizers", message: "All content-preserving finalizers finished" },
    trouble: ({ finalizers }) =>
      finalizers.size === 0
        ? undefined
        : {
            reason: "SomeFinalizersRemain",
            message: `Some content in the namespace has finalizers remaining: ${counted(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
          },
  },
];

/** The conditions after a pass; undefined when they say what they said before. */
export function namespaceConditions(
  before: readonly NamespaceCondition[],
  findings: Findings,
  now: number,
): NamespaceCondition[] | undefined {
  let changed = false;
  const next = rows.map((row): NamespaceCondition => {
    const trouble = row.trouble(findings);
    const status = trouble === undefined ? "False" : "True";
    const { reason, message } = trouble ?? row.fine;
    const old = before.find((condition) => condition.type === row.type);
    if (old?.status === status && old.reason === reason && old.message === message) return old;
    changed = true;
    const since = old?.status === status ? old.lastTransitionTime : undefined;
    return { type: row.type, status, lastTransitionTime: since ?? timestamp(now), reason, message };
  });
  if (!changed) return undefined;
  const own = new Set(rows.map((row) => row.type));
  return [...before.filter((condition) => !own.has(condition.type)), ...next];
}
