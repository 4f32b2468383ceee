/** Paths that pods name: inside volumes, inside containers, on the node. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";

const maxFileMode = 0o777;

export function checkFileMode(errors: FieldError[], path: string, mode: number | undefined): void {
  if (mode === undefined || (mode >= 0 && mode <= maxFileMode)) return;
  errors.push(field.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive"));
}

export const hasBacksteps = (target: string): boolean => target.includes("..") && target.split("/").includes("..");

export function checkNoBacksteps(errors: FieldError[], path: string, target: string): void {
  if (hasBacksteps(target)) errors.push(field.invalid(path, target, "must not contain '..'"));
}

/** A relative path that stays below where it starts. */
export function checkDescendingPath(errors: FieldError[], path: string, target: string): void {
  if (target.startsWith("/")) errors.push(field.invalid(path, target, "must be a relative path"));
  checkNoBacksteps(errors, path, target);
}

/** As checkDescendingPath, for files that must not look like the kubelet's own (`..data`). */
export function checkFilePath(errors: FieldError[], path: string, target: string): void {
  checkDescendingPath(errors, path, target);
  if (target.startsWith("..") && !target.startsWith("../")) {
    errors.push(field.invalid(path, target, "must not start with '..'"));
  }
}
