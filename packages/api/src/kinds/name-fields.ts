/** Fields that hold names: one error a broken rule. */
import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName } from "../name-validation.ts";

const each = (path: string, value: string, messages: readonly string[]): FieldError[] =>
  messages.map((message) => field.invalid(path, value, message));

export const dnsLabelErrors = (path: string, value: string): FieldError[] => each(path, value, isDNS1123Label(value));

export const dnsSubdomainErrors = (path: string, value: string): FieldError[] =>
  each(path, value, isDNS1123Subdomain(value));

export const qualifiedNameErrors = (path: string, value: string): FieldError[] =>
  each(path, value, isQualifiedName(value));

/** `must be greater than or equal to 0` */
export const nonNegativeErrors = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [field.invalid(path, value, "must be greater than or equal to 0")] : [];

/** A value out of a closed list. */
export const oneOfErrors = (path: string, value: string, supported: readonly string[]): FieldError[] =>
  supported.includes(value) ? [] : [field.notSupported(path, value, supported)];
