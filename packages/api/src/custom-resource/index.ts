/** Custom resources: schemas of definitions, and what they make of an object. */
export {
  type CustomResourceKind,
  customResourceKind,
  definitionWarnings,
} from "./custom-resource-row.ts";
export { applySchemaDefaults } from "./defaults.ts";
export { compileJsonPath, JsonPathError } from "./json-path.ts";
export { customResourceSchema } from "./json-schema.ts";
export { setValueAt, valueAt } from "./object-path.ts";
export { customResourceTable } from "./printer-columns.ts";
export { checkStructuralSchema } from "./structural-check.ts";
export { validateCustomResource } from "./validate.ts";
