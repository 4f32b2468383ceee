/** Label selectors as requirements: what list, watch, Services and controllers match labels against. */
import * as field from "./field.ts";
import type { FieldError } from "./field-error.ts";
import type { LabelSelector } from "./generated/types.ts";
import { isQualifiedName, isValidLabelValue } from "./name-validation.ts";

export type LabelOperator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

export type Labels = Readonly<Record<string, string>>;

/** One condition on one key; all requirements of a selector must hold. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** A parsed selector. `everything` matches all objects, `nothing` none. */
export interface Selector {
  readonly requirements: readonly LabelRequirement[];
  readonly everything: boolean;
  readonly nothing: boolean;
  matches(labels: Labels | undefined): boolean;
  /** The string form, as a query parameter or a Scale's status carries it. */
  toString(): string;
}

export type SelectorErrorCode = "Syntax" | "Requirement" | "Operator";

/** A selector that cannot be read; the message is upstream's. */
export class SelectorError extends Error {
  readonly code: SelectorErrorCode;
  constructor(code: SelectorErrorCode, message: string) {
    super(message);
    this.name = "SelectorError";
    this.code = code;
  }
}

const whole = /^[+-]?[0-9]+$/;
const none: Labels = Object.freeze({});

function holds(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "in":
    case "=":
    case "==":
      return value !== undefined && values.includes(value);
    case "notin":
    case "!=":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
      return value !== undefined && whole.test(value) && BigInt(value) > BigInt(values[0] ?? "0");
    case "lt":
      return value !== undefined && whole.test(value) && BigInt(value) < BigInt(values[0] ?? "0");
  }
}

function show({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${[...values].sort().join(",")})`;
    case "gt":
      return `${key}>${values[0]}`;
    case "lt":
      return `${key}<${values[0]}`;
    case "=":
    case "==":
    case "!=":
      return `${key}${operator}${values[0]}`;
  }
}

/** A selector of requirements, ordered by key. */
export function selectorOf(requirements: readonly LabelRequirement[]): Selector {
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    requirements: sorted,
    everything: sorted.length === 0,
    nothing: false,
    matches: (labels) => sorted.every((r) => holds(r, labels ?? none)),
    toString: () => sorted.map(show).join(","),
  };
}

/** Matches all objects. */
export const everything: Selector = selectorOf([]);

/** Matches no object: what an absent LabelSelector means. */
export const nothing: Selector = {
  requirements: [],
  everything: false,
  nothing: true,
  matches: () => false,
  toString: () => "",
};

/** Equality with every label of a set (Service.spec.selector, nodeSelector). An empty or absent set matches all. */
export const selectorFromSet = (labels: Labels | undefined): Selector =>
  selectorOf(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: "=", values: [value] })));

const objectOperators: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/** A LabelSelector object as a selector: absent matches nothing, empty everything. Throws SelectorError. */
export function labelSelectorAsSelector(selector: LabelSelector | null | undefined): Selector {
  if (selector === null || selector === undefined) return nothing;
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    requirement(key, "=", [value]),
  );
  for (const expression of selector.matchExpressions ?? []) {
    const operator = Object.hasOwn(objectOperators, expression.operator) && objectOperators[expression.operator];
    if (!operator) {
      throw new SelectorError(
        "Operator",
        `${JSON.stringify(expression.operator)} is not a valid label selector operator`,
      );
    }
    requirements.push(requirement(expression.key, operator, expression.values ?? []));
  }
  return selectorOf(requirements);
}

/** Checks and makes one requirement, as labels.NewRequirement does. Throws SelectorError. */
export function requirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const errors: FieldError[] = [];
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0) errors.push(field.invalid("key", key, keyErrors.join("; ")));
  if (operator === "in" || operator === "notin") {
    if (values.length === 0) {
      errors.push(field.invalid("values", values, "for 'in', 'notin' operators, values set can't be empty"));
    }
  } else if (operator === "exists" || operator === "!") {
    if (values.length > 0) {
      errors.push(field.invalid("values", values, "values set must be empty for exists and does not exist"));
    }
  } else if (values.length !== 1) {
    const why =
      operator === "gt" || operator === "lt"
        ? "for 'Gt', 'Lt' operators, exactly one value is required"
        : "exact-match compatibility requires one single value";
    errors.push(field.invalid("values", values, why));
  }
  if (operator === "gt" || operator === "lt") {
    values.forEach((value, i) => {
      if (!whole.test(value)) {
        const why = "for 'Gt', 'Lt' operators, the value must be an integer";
        errors.push(field.invalid(field.index("values", i), value, why));
      }
    });
  }
  values.forEach((value, i) => {
    const valueErrors = isValidLabelValue(value);
    if (valueErrors.length > 0) {
      errors.push(field.invalid(field.key(field.index("values", i), key), value, valueErrors.join("; ")));
    }
  });
  if (errors.length > 0) {
    const shown = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))];
    throw new SelectorError("Requirement", shown.length === 1 ? (shown[0] ?? "") : `[${shown.join(", ")}]`);
  }
  return { key, operator, values };
}

/** A LabelSelector object as `kubectl get` shows it: `app=web,tier in (a,b)`; `<none>` when empty. */
export function formatLabelSelector(selector: LabelSelector | null | undefined): string {
  if (selector === null || selector === undefined) return "<none>";
  try {
    const text = labelSelectorAsSelector(selector).toString();
    return text === "" ? "<none>" : text;
  } catch (error) {
    if (error instanceof SelectorError) return "<error>";
    throw error;
  }
}

/** Rules of a labels map; keys and values are reported at the map's own path, as upstream does. */
export function validateLabels(labels: Labels | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of Object.keys(labels ?? {}).sort()) {
    const value = labels?.[name] ?? "";
    errors.push(...isQualifiedName(name).map((m) => field.invalid(path, name, m)));
    errors.push(...isValidLabelValue(value).map((m) => field.invalid(path, value, m)));
  }
  return errors;
}

/** Rules of a LabelSelector object (metav1 ValidateLabelSelector). */
export function validateLabelSelector(selector: LabelSelector | null | undefined, path: string): FieldError[] {
  if (selector === null || selector === undefined) return [];
  const errors = validateLabels(selector.matchLabels, field.child(path, "matchLabels"));
  (selector.matchExpressions ?? []).forEach((expression, i) => {
    const at = field.index(field.child(path, "matchExpressions"), i);
    const values = expression.values ?? [];
    switch (expression.operator) {
      case "In":
      case "NotIn":
        if (values.length === 0) {
          const why = "must be specified when `operator` is 'In' or 'NotIn'";
          errors.push(field.required(field.child(at, "values"), why));
        }
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0) {
          const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
          errors.push(field.forbidden(field.child(at, "values"), why));
        }
        break;
      default:
        errors.push(field.invalid(field.child(at, "operator"), expression.operator, "not a valid selector operator"));
    }
    const key = expression.key ?? "";
    errors.push(...isQualifiedName(key).map((m) => field.invalid(field.child(at, "key"), key, m)));
    values.forEach((value, j) => {
      const where = field.index(field.child(at, "values"), j);
      errors.push(...isValidLabelValue(value).map((m) => field.invalid(where, value, m)));
    });
  });
  return errors;
}
