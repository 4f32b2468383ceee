import type { Control } from "../control.ts";

export const auditControls: readonly Control[] = [];
