import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "@bulkhead/api";

type Status = NonNullable<CustomResourceDefinition["status"]>;

export type ConditionType = "Established" | "NamesAccepted" | "Terminating";

/** Finalizer that holds a definition until its instances are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export function conditionOf(
  definition: CustomResourceDefinition,
  type: ConditionType,
): CustomResourceDefinitionCondition | undefined {
  return (definition.status?.conditions ?? []).find((condition) => condition.type === type);
}

export const isEstablished = (definition: CustomResourceDefinition): boolean =>
  conditionOf(definition, "Established")?.status === "True";

/** The conditions with one of them set; its time moves only when its status does. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[] | undefined,
  next: Omit<CustomResourceDefinitionCondition, "lastTransitionTime">,
  now: string,
): CustomResourceDefinitionCondition[] {
  const list = [...(conditions ?? [])];
  const at = list.findIndex((condition) => condition.type === next.type);
  const known = list[at];
  const time = known?.status === next.status ? known.lastTransitionTime : now;
  const condition = {
    lastTransitionTime: time,
    message: next.message,
    reason: next.reason,
    status: next.status,
    type: next.type,
  };
  if (at < 0) list.push(condition);
  else list[at] = condition;
  return list;
}

const namesOf = ({ names }: CustomResourceDefinition["spec"]): string[] =>
  [names.plural, names.singular ?? "", ...(names.shortNames ?? [])].filter((name) => name !== "");

/** What of a definition's names another one of its group has been given already; undefined when nothing. */
export function nameConflict(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
): { readonly reason: string; readonly message: string } | undefined {
  const { spec } = definition;
  const accepted = others.filter(
    (other) => other.spec.group === spec.group && conditionOf(other, "NamesAccepted")?.status === "True",
  );
  const taken = new Set(accepted.flatMap((other) => namesOf(other.spec)));
  for (const [reason, list] of [
    ["PluralConflict", [spec.names.plural]],
    ["SingularConflict", [spec.names.singular ?? ""]],
    ["ShortNamesConflict", spec.names.shortNames ?? []],
  ] as const) {
    const clash = list.find((name) => taken.has(name));
    if (clash !== undefined && clash !== "") return { reason, message: `${JSON.stringify(clash)} is already in use` };
  }
  const kinds = new Set(accepted.flatMap(({ spec: { names } }) => [names.kind, names.listKind ?? ""]));
  for (const [reason, name] of [
    ["KindConflict", spec.names.kind],
    ["ListKindConflict", spec.names.listKind ?? ""],
  ] as const)
    if (name !== "" && kinds.has(name)) return { reason, message: `${JSON.stringify(name)} is already in use` };
  return undefined;
}

/** The status that a definition is to have, given the others; the same object when it has it already. */
export function decidedStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): Status {
  const { spec } = definition;
  const status: Status = definition.status ?? { acceptedNames: { kind: "", plural: "" }, storedVersions: [] };
  const conflict = nameConflict(definition, others);
  const accepted = conflict === undefined;
  let conditions = withCondition(
    status.conditions ?? undefined,
    {
      type: "NamesAccepted",
      status: accepted ? "True" : "False",
      reason: conflict?.reason ?? "NoConflicts",
      message: conflict?.message ?? "no conflicts found",
    },
    now,
  );
  // Once established, a definition stays so: its objects are there.
  if (conditionOf(definition, "Established")?.status !== "True")
    conditions = withCondition(
      conditions,
      accepted
        ? {
            type: "Established",
            status: "True",
            reason: "InitialNamesAccepted",
            message: "the initial names have been accepted",
          }
        : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
      now,
    );
  return { ...status, acceptedNames: accepted ? { ...spec.names } : status.acceptedNames, conditions };
}
