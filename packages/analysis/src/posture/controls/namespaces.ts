import type { Control } from "../control.ts";

export const namespacesControls: readonly Control[] = [
];
