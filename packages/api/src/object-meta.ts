/** Rules of ObjectMeta, the same for every kind (apimachinery's ValidateObjectMeta and ValidateObjectMetaUpdate). */
import * as field from "./field.ts";
import type { FieldError } from "./field-error.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./generated/types.ts";
import { goStrings } from "./go-format.ts";
import { validateLabels } from "./label-selector.ts";
import { isDNS1123Label, isQualifiedName } from "./name-validation.ts";

/** All keys and values of an object's annotations together. */
export const totalAnnotationSizeLimit = 256 * 1024;
/** Longest name of a field manager, in bytes. */
export const fieldManagerMaxLength = 128;

const standardFinalizers: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  /** As KindRow.nameErrors. */
  nameErrors(name: string, prefix: boolean): string[];
  /** Built-in kinds take only standard or fully qualified finalizers; custom resources any qualified name. */
  readonly kubeFinalizers: boolean;
}

/** Rules of the metadata of an object to be created. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules, path = "metadata"): FieldError[] {
  const errors: FieldError[] = [];
  const generateName = meta.generateName ?? "";
  const name = meta.name ?? "";
  const namespace = meta.namespace ?? "";
  if (generateName !== "") {
    const at = field.child(path, "generateName");
    errors.push(...rules.nameErrors(generateName, true).map((m) => field.invalid(at, generateName, m)));
  }
  const nameAt = field.child(path, "name");
  if (name === "") errors.push(field.required(nameAt, "name or generateName is required"));
  else errors.push(...rules.nameErrors(name, false).map((m) => field.invalid(nameAt, name, m)));
  const namespaceAt = field.child(path, "namespace");
  if (!rules.namespaced) {
    if (namespace !== "") errors.push(field.forbidden(namespaceAt, "not allowed on this type"));
  } else if (namespace === "") errors.push(field.required(namespaceAt));
  else errors.push(...isDNS1123Label(namespace).map((m) => field.invalid(namespaceAt, namespace, m)));
  if ((meta.generation ?? 0) < 0) {
    const at = field.child(path, "generation");
    errors.push(field.invalid(at, meta.generation, "must be greater than or equal to 0"));
  }
  errors.push(...validateSharedMeta(meta, path), ...validateFinalizers(meta.finalizers ?? [], rules, path));
  return errors;
}

/** Rules of the metadata of an object that replaces another; without those of validateObjectMeta. */
export function validateObjectMetaUpdate(next: ObjectMeta, old: ObjectMeta, path = "metadata"): FieldError[] {
  const errors: FieldError[] = [];
  const finalizers = next.finalizers ?? [];
  if (old.deletionTimestamp !== undefined) {
    const added = [...new Set(finalizers)].filter((f) => !(old.finalizers ?? []).includes(f)).sort();
    if (added.length > 0) {
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(added)}`;
      errors.push(field.forbidden(field.child(path, "finalizers"), why));
    }
  }
  if ((next.resourceVersion ?? "") === "") {
    errors.push(field.invalid(field.child(path, "resourceVersion"), "", "must be specified for an update"));
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(field.invalid(field.child(path, "generation"), next.generation ?? 0, "must not be decremented"));
  }
  for (const name of ["name", "namespace", "uid"] as const) {
    errors.push(...immutable(next[name] ?? "", old[name] ?? "", field.child(path, name)));
  }
  for (const name of ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    errors.push(...immutable(next[name] ?? null, old[name] ?? null, field.child(path, name)));
  }
  return [...errors, ...validateSharedMeta(next, path)];
}

/** `field is immutable` unless both are the same scalar. */
export const immutable = (next: unknown, old: unknown, path: string): FieldError[] =>
  next === old ? [] : [field.invalid(path, next, "field is immutable")];

function validateSharedMeta(meta: ObjectMeta, path: string): FieldError[] {
  return [
    ...validateLabels(meta.labels, field.child(path, "labels")),
    ...validateAnnotations(meta.annotations, field.child(path, "annotations")),
    ...validateOwnerReferences(meta.ownerReferences ?? [], field.child(path, "ownerReferences")),
    ...validateManagedFields(meta.managedFields ?? [], field.child(path, "managedFields")),
  ];
}

/** Keys of annotations, and their total size. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [name, value] of Object.entries(annotations ?? {})) {
    errors.push(...isQualifiedName(name.toLowerCase()).map((m) => field.invalid(path, name, m)));
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (size > totalAnnotationSizeLimit) errors.push(field.tooLong(path, totalAnnotationSizeLimit));
  return errors;
}

/** An owner reference in the order of fields that Go's struct has. */
const inOrder = ({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): object => ({
  apiVersion,
  kind,
  name,
  uid,
  ...(controller === undefined ? {} : { controller }),
  ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
});

function validateOwnerReferences(references: readonly OwnerReference[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references) {
    const version = reference.apiVersion.slice(reference.apiVersion.indexOf("/") + 1);
    if (version === "") {
      errors.push(field.invalid(field.child(path, "apiVersion"), reference.apiVersion, "version must not be empty"));
    }
    for (const name of ["kind", "name", "uid"] as const) {
      if (reference[name] === "") errors.push(field.invalid(field.child(path, name), "", "must not be empty"));
    }
    if (reference.apiVersion === "v1" && reference.kind === "Event") {
      errors.push(field.invalid(path, inOrder(reference), "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (reference.controller !== true) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller !== undefined) {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(field.invalid(path, references.map(inOrder), why));
    } else controller = name;
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[], rules: ObjectMetaRules, metaPath: string): FieldError[] {
  const path = field.child(metaPath, "finalizers");
  const errors = finalizers.flatMap((f) => isQualifiedName(f).map((m) => field.invalid(path, f, m)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const why = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.push(field.invalid(path, finalizers, why));
  }
  if (!rules.kubeFinalizers) return errors;
  finalizers.forEach((finalizer, i) => {
    if (finalizer.includes("/") || standardFinalizers.has(finalizer)) return;
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    errors.push(field.invalid(field.index(path, i), finalizer, why));
  });
  return errors;
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[], path: string): FieldError[] {
  return entries.flatMap((entry, i) => {
    const at = field.index(path, i);
    const errors: FieldError[] = [];
    if (entry.operation !== "Apply" && entry.operation !== "Update") {
      errors.push(field.invalid(field.child(at, "operation"), entry.operation ?? "", "must be `Apply` or `Update`"));
    }
    if ((entry.fieldsType ?? "") !== "" && entry.fieldsType !== "FieldsV1") {
      errors.push(field.invalid(field.child(at, "fieldsType"), entry.fieldsType, "must be `FieldsV1`"));
    }
    errors.push(...validateFieldManager(entry.manager ?? "", field.child(at, "manager")));
    if (Buffer.byteLength(entry.subresource ?? "") > 256) {
      errors.push(field.tooLong(field.child(at, "subresource"), 256));
    }
    return errors;
  });
}

/** Rules of a field manager's name: printable, at most 128 bytes. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  if (Buffer.byteLength(manager) > fieldManagerMaxLength) return [field.tooLong(path, fieldManagerMaxLength)];
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(manager)
    ? [field.invalid(path, manager, "should only contain printable characters")]
    : [];
}
