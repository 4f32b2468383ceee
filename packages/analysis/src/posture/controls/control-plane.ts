import type { Control } from "../control.ts";

export const controlPlaneControls: readonly Control[] = [];
