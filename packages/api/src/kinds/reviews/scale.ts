import type { FieldError } from "../../field-error.ts";
import type { Scale } from "../../generated/types.ts";
import { nonNegativeErrors } from "../name-fields.ts";

/** Rules of a Scale beyond its metadata. */
export const validateScale = (scale: Scale): FieldError[] => nonNegativeErrors("spec.replicas", scale.spec?.replicas);
