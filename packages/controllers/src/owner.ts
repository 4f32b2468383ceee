import { type KubeObject, labelSelectorAsSelector, type OwnerReference, type Selector } from "@bulkhead/api";

/** The owner reference marked as controller, if there is one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller === true);

/** A controller reference to `owner`, as new dependents carry it. */
export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name ?? "",
  uid: owner.metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

/** What ownership asks for: which dependents are the owner's, which must be adopted, which let go. */
export interface Claims<T> {
  readonly owned: readonly T[];
  readonly adopt: readonly T[];
  readonly release: readonly T[];
}

/**
 * Compares owner references with the selector (the ControllerRefManager's rules): an own object that no longer matches
 * is released, an orphan that matches is adopted; neither while the owner is being deleted, nor for a dependent that is.
 */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  selector: Selector,
  candidates: readonly T[],
): Claims<T> {
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    const matches = selector.matches(candidate.metadata.labels);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) owned.push(candidate);
      else if (owner.metadata.deletionTimestamp === undefined) release.push(candidate);
      continue;
    }
    if (!matches || owner.metadata.deletionTimestamp !== undefined) continue;
    if (candidate.metadata.deletionTimestamp === undefined) adopt.push(candidate);
  }
  return { owned, adopt, release };
}

/** A selector of a workload; one that cannot be read matches nothing. */
export function selectorOrNothing(selector: Parameters<typeof labelSelectorAsSelector>[0]): Selector {
  try {
    return labelSelectorAsSelector(selector);
  } catch {
    return labelSelectorAsSelector(undefined);
  }
}

/** A strategic merge patch that makes `owner` the controller; the UID guards against a namesake. */
export const adoptPatch = (owner: KubeObject, dependent: KubeObject): object => ({
  metadata: { ownerReferences: [controllerReference(owner)], uid: dependent.metadata.uid },
});

/** A strategic merge patch that removes `owner` from the owners. */
export const releasePatch = (owner: KubeObject, dependent: KubeObject): object => ({
  metadata: {
    ownerReferences: [{ $patch: "delete", uid: owner.metadata.uid }],
    uid: dependent.metadata.uid,
  },
});
