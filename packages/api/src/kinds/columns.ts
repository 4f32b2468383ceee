import type { TableColumnDefinition } from "../table.ts";

interface ColumnOptions {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
}

/** A column shown by default. */
export const column = (name: string, options: ColumnOptions = {}): TableColumnDefinition => ({
  name,
  type: options.type ?? "string",
  format: options.format ?? "",
  description: options.description ?? "",
  priority: 0,
});

/** A column shown with `-o wide` only. */
export const wideColumn = (name: string, options: ColumnOptions = {}): TableColumnDefinition => ({
  ...column(name, options),
  priority: 1,
});

/** The object's name, first in almost every table. */
export const nameColumn = column("Name", {
  format: "name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
});

const createdDescription =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** How long ago the object was created. */
export const ageColumn = column("Age", { description: createdDescription });

/** When the object was created, as a time. */
export const createdAtColumn = column("Created At", { type: "date", description: createdDescription });
