import type { Control } from "../control.ts";

export const imagesControls: readonly Control[] = [];
