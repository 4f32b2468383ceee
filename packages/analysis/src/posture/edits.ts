import type { KubeObject, ObjectRef } from "@bulkhead/api";

/** One step of a fix, on an object of the snapshot. Fields are written as in `Breach.field`. */
export type Edit =
  | { readonly op: "set"; readonly object: ObjectRef; readonly field: string; readonly value: unknown }
  | { readonly op: "remove"; readonly object: ObjectRef; readonly field: string }
  | { readonly op: "create"; readonly create: KubeObject }
  | { readonly op: "delete"; readonly object: ObjectRef };

/** What would put a breach right. */
export type Fix =
  | {
      readonly kind: "edits";
      /** In order; applied whole or not at all. */
      readonly edits: readonly Edit[];
      /** What declared behaviour it would break, where the objects themselves say that it would. */
      readonly breaks?: string;
      /** What nobody can see from the objects and a person should know before. */
      readonly mind?: string;
    }
  /** Not fixable by a change of objects alone: why, and what a person does instead. */
  | { readonly kind: "by-hand"; readonly why: string; readonly how: string };
