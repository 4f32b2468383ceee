/** The pod template that workloads share: defaults, rules, warnings. */
import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { LabelSelector, PodTemplateSpec } from "../../generated/types.ts";
import { labelSelectorAsSelector, type Selector, SelectorError, validateLabels } from "../../label-selector.ts";
import { isDNS1123Label } from "../../name-validation.ts";
import { validateAnnotations } from "../../object-meta.ts";
import { defaultPodSpec } from "../pod/pod-spec-defaults.ts";
import { podSpecWarnings } from "../pod/pod-spec-warnings.ts";
import { validatePodSpec } from "../pod/validation/pod-spec.ts";

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) defaultPodSpec(template.spec);
}

/** Rules of a template, whatever workload it stands in. */
export function podTemplateErrors(template: PodTemplateSpec, path: string): FieldError[] {
  const errors = [
    ...validateLabels(template.metadata?.labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec, `${path}.spec`, { isPod: false, metadata: template.metadata }),
  ];
  if ((template.spec?.ephemeralContainers ?? []).length > 0) {
    errors.push(
      field.forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template"),
    );
  }
  return errors;
}

/** A LabelSelector as it stands in messages: its two parts in order. */
export const shownSelector = (selector: LabelSelector | null | undefined): unknown =>
  selector === undefined || selector === null
    ? null
    : {
        ...(selector.matchLabels === undefined ? {} : { matchLabels: sorted(selector.matchLabels) }),
        ...(selector.matchExpressions === undefined ? {} : { matchExpressions: selector.matchExpressions }),
      };

const sorted = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

function selectorOf(selector: LabelSelector | null | undefined): Selector | undefined {
  try {
    return labelSelectorAsSelector(selector);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** Rules of a template whose pods run for ever, under a selector that must match it. */
export function replicatedTemplateErrors(
  template: PodTemplateSpec,
  selector: LabelSelector | null | undefined,
): FieldError[] {
  const matcher = selectorOf(selector);
  if (matcher === undefined) return [field.invalid("spec.selector", shownSelector(selector), "invalid label selector")];
  const at = "spec.template";
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  if (!matcher.everything && !matcher.matches(labels)) {
    const why = "`selector` does not match template `labels`";
    errors.push(field.invalid(`${at}.metadata.labels`, labels ?? null, why));
  }
  errors.push(...podTemplateErrors(template, at));
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== "Always") {
    errors.push(field.notSupported(`${at}.spec.restartPolicy`, restartPolicy ?? "", ["Always"]));
  }
  if (activeDeadlineSeconds !== undefined) {
    const why = "activeDeadlineSeconds in ReplicaSet is not Supported";
    errors.push(field.forbidden(`${at}.spec.activeDeadlineSeconds`, why));
  }
  return errors;
}

/** Warnings about a workload's name, of which its pods' host names are made. */
export function workloadNameWarnings(name: string | undefined): string[] {
  const wrong = isDNS1123Label(name ?? "");
  return wrong.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(" ")}]`,
      ];
}

/** Warnings about a template. */
export const podTemplateWarnings = (template: PodTemplateSpec | undefined): string[] =>
  podSpecWarnings(template?.spec, "spec.template.spec", template?.metadata);
