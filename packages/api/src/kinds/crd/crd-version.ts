import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "../../generated/types.ts";

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function pathErrors(path: string, jsonPath: string): FieldError[] {
  return jsonPath.startsWith(".") ? [] : [field.invalid(path, jsonPath, "must be a simple json path starting with .")];
}

/** Rules of a printer column. */
export function columnErrors(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const { name, type, format = "", jsonPath } = column;
  const errors: FieldError[] = [];
  if (name === "") errors.push(field.required(`${path}.name`));
  const types = `must be one of ${columnTypes.join(",")}`;
  if (type === "") errors.push(field.required(`${path}.type`, types));
  else if (!columnTypes.includes(type)) errors.push(field.invalid(`${path}.type`, type, types));
  if (format !== "" && !columnFormats.includes(format)) {
    errors.push(field.invalid(`${path}.format`, format, `must be one of ${columnFormats.join(",")}`));
  }
  // The field's name in messages is the internal type's.
  if (jsonPath === "") errors.push(field.required(`${path}.JSONPath`));
  else errors.push(...pathErrors(`${path}.JSONPath`, jsonPath));
  return errors;
}

function under(path: string, jsonPath: string, roots: readonly string[], why: string): FieldError[] {
  const errors = pathErrors(path, jsonPath);
  if (errors.length > 0 || roots.some((root) => jsonPath.startsWith(root))) return errors;
  return [field.invalid(path, jsonPath, why)];
}

/** Rules of status and scale. */
export function subresourcesErrors(subresources: CustomResourceSubresources | undefined, path: string): FieldError[] {
  const { scale } = subresources ?? {};
  if (scale === undefined) return [];
  const spec = `${path}.scale.specReplicasPath`;
  const status = `${path}.scale.statusReplicasPath`;
  const errors = [
    ...(scale.specReplicasPath === ""
      ? [field.required(spec)]
      : under(spec, scale.specReplicasPath, [".spec."], "should be a json path under .spec")),
    ...(scale.statusReplicasPath === ""
      ? [field.required(status)]
      : under(status, scale.statusReplicasPath, [".status."], "should be a json path under .status")),
  ];
  const selector = scale.labelSelectorPath ?? "";
  if (selector === "") return errors;
  const why = "should be a json path under either .spec or .status";
  return errors.concat(under(`${path}.scale.labelSelectorPath`, selector, [".spec.", ".status."], why));
}

const maxWarning = 256;

/** Rules of a deprecation's wording. */
export function deprecationErrors(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const { deprecated, deprecationWarning } = version;
  if (deprecationWarning === undefined) return [];
  const at = `${path}.deprecationWarning`;
  if (deprecated !== true) return [field.invalid(at, deprecationWarning, "can only be set for deprecated versions")];
  const errors: FieldError[] = [];
  if (Buffer.byteLength(deprecationWarning) > maxWarning) {
    errors.push(field.invalid(at, deprecationWarning, `must be <= ${maxWarning} characters long`));
  }
  if (deprecationWarning === "") errors.push(field.invalid(at, "", "must not be an empty string"));
  const odd = deprecationWarning.search(/[\p{C}\p{Zl}\p{Zp}]/u);
  if (odd >= 0) {
    const why = `must only contain printable UTF-8 characters; non-printable character found at index ${odd}`;
    errors.push(field.invalid(at, deprecationWarning, why));
  }
  return errors;
}
