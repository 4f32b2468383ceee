import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { semanticEqual } from "./semantic-equal.ts";

/** `field is immutable`, with the new value, where it differs from the old one. */
export const immutableField = (next: unknown, old: unknown, path: string): FieldError[] =>
  semanticEqual(next, old) ? [] : [field.invalid(path, next ?? null, "field is immutable")];
