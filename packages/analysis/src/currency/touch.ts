import type { Touch } from "./inventory.ts";

export const yes =
  (because: string): Touch =>
  () => ({ touches: "yes", because });
export const perhaps =
  (because: string): Touch =>
  () => ({ touches: "unknown", because });
