import type { Control } from "../control.ts";

export const nodeControls: readonly Control[] = [];
