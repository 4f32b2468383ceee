import type { Control } from "../control.ts";

export const identitiesControls: readonly Control[] = [];
