import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from "../../../generated/types.ts";
import { semanticEqual } from "../../semantic-equal.ts";

function startsWith(
  next: readonly NodeSelectorRequirement[] = [],
  old: readonly NodeSelectorRequirement[] = [],
): boolean {
  return next.length >= old.length && semanticEqual(next.slice(0, old.length), old);
}

function onlyAdds(next: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const empty = (term: NodeSelectorTerm): boolean =>
    (term.matchExpressions ?? []).length === 0 && (term.matchFields ?? []).length === 0;
  if (empty(old) && !empty(next)) return false;
  return startsWith(next.matchExpressions, old.matchExpressions) && startsWith(next.matchFields, old.matchFields);
}

const termsOf = (affinity: NodeAffinity | undefined): readonly NodeSelectorTerm[] =>
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];

function checkAffinityChange(
  errors: FieldError[],
  next: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
): void {
  const path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  const before = termsOf(old);
  const after = termsOf(next);
  if (before.length === 0) return;
  if (before.length !== after.length) {
    errors.push(field.invalid(path, after, "no additions/deletions to non-empty NodeSelectorTerms list are allowed"));
    return;
  }
  for (const [index, term] of before.entries()) {
    const changed = after[index] ?? {};
    if (onlyAdds(changed, term)) continue;
    errors.push(
      field.invalid(field.index(path, index), changed, "only additions are allowed (no mutations or deletions)"),
    );
  }
}

/**
 * While gates hold a pod, its node selector and affinity may be narrowed. Reports what widens them, and puts both
 * back in `undone`, so that only other changes are left to report.
 */
export function checkGatedScheduling(errors: FieldError[], undone: PodSpec, old: PodSpec): void {
  const before = old.nodeSelector ?? {};
  const after = undone.nodeSelector ?? {};
  if (Object.keys(before).some((key) => after[key] !== before[key])) {
    const why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    errors.push(field.invalid("spec.nodeSelector", after, why));
  }
  if (old.nodeSelector === undefined) delete undone.nodeSelector;
  else undone.nodeSelector = old.nodeSelector;
  const oldAffinity = old.affinity?.nodeAffinity;
  if (semanticEqual(undone.affinity?.nodeAffinity, oldAffinity)) return;
  checkAffinityChange(errors, undone.affinity?.nodeAffinity, oldAffinity);
  const { nodeAffinity: _changed, ...others } = undone.affinity ?? {};
  const affinity = oldAffinity === undefined ? others : { ...others, nodeAffinity: oldAffinity };
  if (old.affinity === undefined && Object.keys(affinity).length === 0) delete undone.affinity;
  else undone.affinity = affinity;
}
