import type { Control } from "../control.ts";

export const runtimeControls: readonly Control[] = [];
