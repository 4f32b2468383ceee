/** Server-side apply and managed fields: who owns which field, before and after every write. */
export { type Applied, type ApplyContext, applyConfiguration } from "./apply.ts";
export { type Comparison, compareObjects } from "./compare.ts";
export * from "./field-set.ts";
export { decodeManagers, encodeManagers, type Manager, type Managers, maxUpdateManagers } from "./managers.ts";
export { fieldSetOf } from "./owned-fields.ts";
export { emptyObject, trackUpdate, type WriteContext } from "./track.ts";
