import type { ObjectFieldSelector } from "../../generated/types.ts";

/** A reference to one of the pod's own fields. */
export function defaultFieldRef(reference: ObjectFieldSelector | undefined): void {
  if (reference !== undefined) reference.apiVersion ??= "v1";
}
