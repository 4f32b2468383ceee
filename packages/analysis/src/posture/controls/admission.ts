import type { Control } from "../control.ts";

export const admissionControls: readonly Control[] = [
];
