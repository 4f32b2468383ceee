import type { KubeObject } from "@bulkhead/api";
import type { FieldValidation } from "./write-options.ts";

export type PatchType = "json" | "merge" | "strategic";

export interface Decoded {
  readonly object: KubeObject;
  /** `unknown field "spec.x"`: for the Warning header. */
  readonly warnings: readonly string[];
}

/** Who writes, for managedFields. */
export interface FieldOwner {
  readonly manager: string;
  readonly subresource: string;
  /** RFC 3339, seconds. */
  readonly time: string;
  /** Paths that this write cannot own. */
  readonly resetFields: readonly string[];
  /** Where given, the only paths that this write can own. */
  readonly ownedFields?: readonly string[] | undefined;
}

/** What a kind's schema does to bodies: reading, patching, and keeping account of who set which field. */
export interface ObjectSchema {
  /** Throws BadRequest with upstream's words. */
  decode(body: Buffer, format: "json" | "yaml", validation: FieldValidation): Decoded;
  /** The patched object, read again by the schema. `current` is not changed. */
  patch(type: PatchType, current: KubeObject, patch: Buffer, validation: FieldValidation): Decoded;
  /** Whether strategic merge patches are understood. */
  readonly strategic: boolean;
  /** Sets `next.metadata.managedFields` after an ordinary write. `live` undefined: a creation. */
  update(live: KubeObject | undefined, next: KubeObject, owner: FieldOwner): void;
  /** Server-side apply of a body onto the live object. Throws Conflict with its causes. */
  apply(
    live: KubeObject | undefined,
    body: Buffer,
    owner: FieldOwner,
    force: boolean,
    validation: FieldValidation,
  ): Decoded;
}
