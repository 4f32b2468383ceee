import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type {
  Affinity,
  LabelSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from "../../../generated/types.ts";
import { validateLabelSelector } from "../../../label-selector.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from "../../../name-validation.ts";
import { oneOfErrors } from "../../name-fields.ts";

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function checkLabelName(errors: FieldError[], path: string, name: string): void {
  for (const message of isQualifiedName(name)) errors.push(field.invalid(path, name, message));
}

function checkOperator(errors: FieldError[], path: string, { operator = "", value = "" }: Toleration): void {
  switch (operator) {
    case "Equal":
    case "": {
      const wrong = isValidLabelValue(value);
      if (wrong.length > 0) errors.push(field.invalid(path, value, wrong.join(";")));
      return;
    }
    case "Exists":
      if (value !== "") errors.push(field.invalid(path, value, "value must be empty when `operator` is 'Exists'"));
      return;
    case "Lt":
    case "Gt":
      // Off by default upstream.
      errors.push(field.notSupported(path, operator, ["Equal", "Exists", "Lt", "Gt"]));
      return;
    default:
      errors.push(field.notSupported(path, operator, ["Equal", "Exists"]));
  }
}

export function checkTolerations(errors: FieldError[], path: string, tolerations: readonly Toleration[]): void {
  for (const [index, toleration] of tolerations.entries()) {
    const at = field.index(path, index);
    const { key = "", operator = "", effect = "", tolerationSeconds } = toleration;
    if (key !== "") checkLabelName(errors, `${at}.key`, key);
    else if (operator !== "Exists") {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(field.invalid(`${at}.operator`, operator, why));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      errors.push(field.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    checkOperator(errors, `${at}.operator`, toleration);
    if (effect !== "") errors.push(...oneOfErrors(`${at}.effect`, effect, taintEffects));
  }
}

function checkExpression(
  errors: FieldError[],
  path: string,
  requirement: NodeSelectorRequirement,
  strict: boolean,
): void {
  const { key, operator, values = [] } = requirement;
  const at = `${path}.values`;
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        errors.push(field.required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        errors.push(field.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        errors.push(field.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(field.invalid(`${path}.operator`, operator, "not a valid selector operator"));
  }
  checkLabelName(errors, `${path}.key`, key);
  if (!strict) return;
  for (const [index, value] of values.entries()) {
    for (const message of isValidLabelValue(value)) errors.push(field.invalid(field.index(at, index), value, message));
  }
}

function checkField(errors: FieldError[], path: string, { key, operator, values = [] }: NodeSelectorRequirement): void {
  const at = `${path}.values`;
  if (operator !== "In" && operator !== "NotIn") {
    errors.push(field.invalid(`${path}.operator`, operator, "not a valid selector operator"));
  } else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(field.required(at, why));
  }
  if (key !== "metadata.name") {
    errors.push(field.invalid(`${path}.key`, key, "not a valid field selector key"));
    return;
  }
  for (const [index, value] of values.entries()) {
    for (const message of isDNS1123Subdomain(value)) errors.push(field.invalid(field.index(at, index), value, message));
  }
}

function checkTerm(errors: FieldError[], path: string, term: NodeSelectorTerm, strict: boolean): void {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries()) {
    checkExpression(errors, field.index(`${path}.matchExpressions`, index), requirement, strict);
  }
  for (const [index, requirement] of (term.matchFields ?? []).entries()) {
    checkField(errors, field.index(`${path}.matchFields`, index), requirement);
  }
}

function checkWeight(errors: FieldError[], path: string, weight: number): void {
  if (weight <= 0 || weight > 100) errors.push(field.invalid(`${path}.weight`, weight, "must be in the range 1-100"));
}

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

function checkNodeAffinity(errors: FieldError[], path: string, affinity: NonNullable<Affinity["nodeAffinity"]>): void {
  const selector = affinity[required];
  if (selector !== undefined) {
    const at = `${path}.${required}.nodeSelectorTerms`;
    const terms = selector.nodeSelectorTerms ?? [];
    if (terms.length === 0) errors.push(field.required(at, "must have at least one node selector term"));
    for (const [index, term] of terms.entries()) checkTerm(errors, field.index(at, index), term, true);
  }
  for (const [index, { weight, preference }] of (affinity[preferred] ?? []).entries()) {
    const at = field.index(`${path}.${preferred}`, index);
    checkWeight(errors, at, weight);
    checkTerm(errors, `${at}.preference`, preference, false);
  }
}

function checkLabelKeys(
  errors: FieldError[],
  path: string,
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
): void {
  if (keys === undefined || keys.length === 0) return;
  if (selector === undefined) {
    errors.push(field.forbidden(path, "must not be specified when labelSelector is not set"));
    return;
  }
  for (const [index, key] of keys.entries()) checkLabelName(errors, field.index(path, index), key);
}

/** A key may be asked for by name or by the pod's own value, not both. */
function checkMatchLabelKeys(
  errors: FieldError[],
  path: string,
  match: readonly string[] | undefined,
  mismatch: readonly string[] | undefined,
  selector: LabelSelector | undefined,
): void {
  checkLabelKeys(errors, `${path}.matchLabelKeys`, match, selector);
  checkLabelKeys(errors, `${path}.mismatchLabelKeys`, mismatch, selector);
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = (match ?? []).lastIndexOf(key);
    if (index >= 0 && seen.has(key)) {
      errors.push(field.invalid(field.index(path, index), key, "exists in both matchLabelKeys and labelSelector"));
    }
    seen.add(key);
  }
  for (const [index, key] of (match ?? []).entries()) {
    if (!(mismatch ?? []).includes(key)) continue;
    const at = field.index(`${path}.matchLabelKeys`, index);
    errors.push(field.invalid(at, key, "exists in both matchLabelKeys and mismatchLabelKeys"));
  }
}

function checkPodTerm(errors: FieldError[], path: string, term: PodAffinityTerm): void {
  errors.push(...validateLabelSelector(term.labelSelector, `${path}.labelSelector`));
  errors.push(...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`));
  for (const name of term.namespaces ?? []) {
    for (const message of isDNS1123Label(name)) errors.push(field.invalid(`${path}.namespace`, name, message));
  }
  checkMatchLabelKeys(errors, path, term.matchLabelKeys, term.mismatchLabelKeys, term.labelSelector);
  if (term.topologyKey === "") errors.push(field.required(`${path}.topologyKey`, "can not be empty"));
  checkLabelName(errors, `${path}.topologyKey`, term.topologyKey);
}

interface PodTerms {
  readonly [required]?: readonly PodAffinityTerm[] | undefined;
  readonly [preferred]?: readonly WeightedPodAffinityTerm[] | undefined;
}

function checkPodAffinity(errors: FieldError[], path: string, affinity: PodTerms): void {
  for (const [index, term] of (affinity[required] ?? []).entries()) {
    checkPodTerm(errors, field.index(`${path}.${required}`, index), term);
  }
  for (const [index, { weight, podAffinityTerm }] of (affinity[preferred] ?? []).entries()) {
    const at = field.index(`${path}.${preferred}`, index);
    checkWeight(errors, at, weight);
    checkPodTerm(errors, `${at}.podAffinityTerm`, podAffinityTerm);
  }
}

export function checkAffinity(errors: FieldError[], path: string, affinity: Affinity): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity !== undefined) checkNodeAffinity(errors, `${path}.nodeAffinity`, nodeAffinity);
  if (podAffinity !== undefined) checkPodAffinity(errors, `${path}.podAffinity`, podAffinity);
  if (podAntiAffinity !== undefined) checkPodAffinity(errors, `${path}.podAntiAffinity`, podAntiAffinity);
}

function checkMinDomains(errors: FieldError[], path: string, constraint: TopologySpreadConstraint): void {
  const { minDomains, whenUnsatisfiable } = constraint;
  if (minDomains === undefined) return;
  if (minDomains <= 0) errors.push(field.invalid(path, minDomains, "must be greater than zero"));
  if (whenUnsatisfiable === "DoNotSchedule") return;
  const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  errors.push(field.invalid(path, minDomains, why));
}

export function checkTopologySpread(
  errors: FieldError[],
  path: string,
  constraints: readonly TopologySpreadConstraint[],
): void {
  const last = new Map(
    constraints.map(({ topologyKey, whenUnsatisfiable }, index) => [`${whenUnsatisfiable} ${topologyKey}`, index]),
  );
  for (const [index, constraint] of constraints.entries()) {
    const at = field.index(path, index);
    const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint;
    if (maxSkew <= 0) errors.push(field.invalid(`${at}.maxSkew`, maxSkew, "must be greater than zero"));
    if (topologyKey === "") errors.push(field.required(`${at}.topologyKey`, "can not be empty"));
    errors.push(...oneOfErrors(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]));
    if (last.get(`${whenUnsatisfiable} ${topologyKey}`) !== index) {
      const shown = `{${topologyKey}, ${whenUnsatisfiable}}`;
      errors.push(field.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, shown));
    }
    checkMinDomains(errors, `${at}.minDomains`, constraint);
    for (const key of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[key];
      if (policy !== undefined) errors.push(...oneOfErrors(`${at}.${key}`, policy, ["Honor", "Ignore"]));
    }
    checkMatchLabelKeys(errors, at, constraint.matchLabelKeys, undefined, labelSelector);
    errors.push(...validateLabelSelector(labelSelector, `${at}.labelSelector`));
  }
}
