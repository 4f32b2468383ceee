import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { CustomResourceDefinitionNames } from "../../generated/types.ts";
import { isDNS1035Label } from "../../name-validation.ts";

function labelError(path: string, value: string, before = ""): FieldError[] {
  if (value === "") return [];
  const wrong = isDNS1035Label(before === "" ? value : value.toLowerCase());
  return wrong.length === 0 ? [] : [field.invalid(path, value, `${before}${wrong.join(",")}`)];
}

const mixedCase = "may have mixed case, but should otherwise match: ";

/** Rules of the names of a definition, wanted or accepted. */
export function namesErrors(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const { plural, singular = "", kind, listKind = "", shortNames = [], categories = [] } = names;
  const errors = [
    ...labelError(`${path}.plural`, plural),
    ...labelError(`${path}.singular`, singular),
    ...labelError(`${path}.kind`, kind, mixedCase),
    ...labelError(`${path}.listKind`, listKind, mixedCase),
    ...shortNames.flatMap((name, index) => labelError(field.index(`${path}.shortNames`, index), name)),
  ];
  if (kind !== "" && kind === listKind) {
    errors.push(field.invalid(`${path}.listKind`, listKind, "kind and listKind may not be the same"));
  }
  return errors.concat(categories.flatMap((name, index) => labelError(field.index(`${path}.categories`, index), name)));
}
