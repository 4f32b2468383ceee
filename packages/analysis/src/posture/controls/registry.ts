import type { Control } from "../control.ts";

export const registryControls: readonly Control[] = [];
