import type { Control } from "../control.ts";

export const backupsControls: readonly Control[] = [];
