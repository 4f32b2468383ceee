import type { Breach, Edit, Fix } from "../posture/control.ts";
import type { PlacedContainer, Workload } from "../posture/workload.ts";

/** Sets a field of a workload's object, written as in `Breach.field`. */
export const setting = ({ ref }: Workload, field: string, value: unknown): Edit => ({
  op: "set",
  object: ref,
  field,
  value,
});

export const removing = ({ ref }: Workload, field: string): Edit => ({ op: "remove", object: ref, field });

/** A fix by edits, with what a person should know before. */
export const edited = (
  edits: readonly Edit[],
  { breaks, mind }: { readonly breaks?: string | undefined; readonly mind?: string | undefined } = {},
): Fix =>
  edits.some((edit) => "field" in edit && edit.field.startsWith("spec.ephemeralContainers["))
    ? {
        kind: "by-hand",
        why: "an ephemeral container cannot be changed or taken out once it is in a pod",
        how: "delete the pod: what controls it makes one without; then add the next one with less (kubectl debug --profile=restricted)",
      }
    : {
        kind: "edits",
        edits,
        ...(breaks === undefined ? {} : { breaks }),
        ...(mind === undefined ? {} : { mind }),
      };

/** The container that a breach is in. */
export const containerOf = ({ containers }: Workload, { field }: Breach): PlacedContainer | undefined =>
  containers.find((c) => field === c.field || field.startsWith(`${c.field}.`));

/** `a`, `a and b`, `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
