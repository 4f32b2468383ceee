import * as field from "../../field.ts";
import type { SchemaCheck } from "./crd-validation.ts";

/** An object is what a resource is: its schema says so at the root. */
export const checkSchema: SchemaCheck = (schema, path) => {
  const type = schema.type ?? "";
  if (type === "") return [field.required(`${path}.type`, "must not be empty at the root")];
  return type === "object" ? [] : [field.invalid(`${path}.type`, type, "must be object at the root")];
};
