/** A custom resource's table: its name and the columns that its definition declares. */
import type { CustomResourceColumnDefinition, Json } from "../generated/types.ts";
import { goJson } from "../go-format.ts";
import type { TableRow } from "../kind-row.ts";
import type { KubeObject } from "../object.ts";
import type { TableColumnDefinition } from "../table.ts";
import { ageCell, column } from "../table-rows.ts";
import { compileJsonPath } from "./json-path.ts";

const nameColumn: TableColumnDefinition = column(
  "Name",
  "string",
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
  { format: "name" },
);

const ageDefinition: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : goJson(value));

/** One cell of a declared type; null where the value is absent or of another type. */
function cellOf(value: unknown, type: string, now: number): Json {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? (Number.isNaN(Date.parse(value)) ? "<invalid>" : ageCell(value, now)) : null;
    case "string":
      return textOf(value);
    default:
      return null;
  }
}

/** The table of a definition's version; without columns of its own it shows names and ages. */
export function customResourceTable(
  columns: readonly CustomResourceColumnDefinition[] | undefined,
): TableRow<KubeObject> {
  const declared = columns === undefined || columns.length === 0 ? [ageDefinition] : columns;
  const finders = declared.map(({ jsonPath, type }) => ({ find: compileJsonPath(jsonPath), type }));
  return {
    columns: [
      nameColumn,
      ...declared.map(({ name, type, description, format, priority, jsonPath }) =>
        column(name, type, description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`, {
          format: format ?? "",
          priority: priority ?? 0,
        }),
      ),
    ],
    cells: (object, now) => [
      object.metadata.name ?? "",
      ...finders.map(({ find, type }) => {
        const found = find(object);
        if (type === "string" && found.length > 1) return found.map(textOf).join(" ");
        return cellOf(found[0], type, now);
      }),
    ],
  };
}
