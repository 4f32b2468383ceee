import type { Control } from "../control.ts";

export const secretsControls: readonly Control[] = [
];
