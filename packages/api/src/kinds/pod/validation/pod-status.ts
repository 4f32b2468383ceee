import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container, ContainerStatus, Pod, PodSpec } from "../../../generated/types.ts";
import { isDNS1123Subdomain, isQualifiedName } from "../../../name-validation.ts";
import { addressErrors, parseAddress } from "../../addresses.ts";
import { immutableField } from "../../immutable-field.ts";
import { checkPodAnnotationChanges } from "./pod-annotations.ts";

function restartsByPolicy(policy: string | undefined, exitCode: number): boolean {
  return policy === "Never" ? false : policy === "OnFailure" ? exitCode !== 0 : true;
}

/** Whether a container that ended so is to be started again: by its rules, its own policy, or the pod's. */
function restarts(container: Container, spec: PodSpec, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const rule = (container.restartPolicyRules ?? []).find(({ exitCodes }) => {
      const listed = (exitCodes?.values ?? []).includes(exitCode);
      return exitCodes?.operator === "In" ? listed : exitCodes?.operator === "NotIn" && !listed;
    });
    if (rule?.action === "Restart") return true;
    return restartsByPolicy(container.restartPolicy, exitCode);
  }
  return restartsByPolicy(spec.restartPolicy, exitCode);
}

/** A container that ended for good does not come back. */
function checkTransitions(
  errors: FieldError[],
  path: string,
  next: readonly ContainerStatus[] | undefined,
  old: readonly ContainerStatus[] | undefined,
  mayRestart: (name: string, exitCode: number) => boolean,
): void {
  for (const [index, before] of (old ?? []).entries()) {
    const ended = before.state?.terminated;
    if (ended === undefined) continue;
    const after = (next ?? []).find(({ name }) => name === before.name);
    if (after === undefined || after.state?.terminated !== undefined || mayRestart(before.name, ended.exitCode))
      continue;
    errors.push(
      field.forbidden(`${field.index(path, index)}.state`, "may not be transitioned to non-terminated state"),
    );
  }
}

const systemConditions: ReadonlySet<string> = new Set(["PodScheduled", "Ready", "Initialized"]);

function checkConditions(errors: FieldError[], pod: Pod): void {
  for (const [index, condition] of (pod.status?.conditions ?? []).entries()) {
    const at = field.index("status.conditions", index);
    const { type, observedGeneration = 0 } = condition;
    if (observedGeneration < 0) {
      errors.push(field.invalid(`${at}.observedGeneration`, observedGeneration, "must be a non-negative integer"));
    }
    if (systemConditions.has(type)) continue;
    for (const message of isQualifiedName(type)) errors.push(field.invalid(`${at}.Type`, type, message));
  }
}

function checkAddresses(errors: FieldError[], path: string, next: readonly string[], old: readonly string[]): void {
  for (const [index, address] of next.entries()) {
    if (!old.includes(address)) errors.push(...addressErrors(field.index(path, index), address));
  }
  if (next.length < 2) return;
  const families = new Set(next.map((address) => parseAddress(address)?.family));
  if (families.size === 2 && next.length === 2) return;
  const shown = next.map((IP) => ({ IP }));
  errors.push(field.invalid(path, shown, "may specify no more than one IP for each IP family"));
}

const addresses = (list: readonly { readonly ip?: string | undefined }[] | undefined): string[] =>
  (list ?? []).map(({ ip = "" }) => ip);

function checkNominated(errors: FieldError[], next: Pod, old: Pod): void {
  const name = next.status?.nominatedNodeName ?? "";
  if (name === "" || name === old.status?.nominatedNodeName) return;
  const path = "status.nominatedNodeName";
  for (const message of isDNS1123Subdomain(name)) errors.push(field.invalid(path, name, message));
  if ((old.spec?.nodeName ?? "") !== "") {
    errors.push(field.forbidden(path, "may not be set on pods that are already bound to a node"));
  }
}

/** Rules of what a kubelet or scheduler writes into a pod's status. */
export function validatePodStatusUpdate(next: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  checkPodAnnotationChanges(errors, next, old);
  checkConditions(errors, next);
  checkNominated(errors, next, old);
  const after = next.status ?? {};
  const before = old.status ?? {};
  if ((after.observedGeneration ?? 0) < 0) {
    errors.push(field.invalid("status.observedGeneration", after.observedGeneration, "must be a non-negative integer"));
  }
  errors.push(...immutableField(after.qosClass, before.qosClass, "status.qosClass"));
  const spec: PodSpec = old.spec ?? { containers: [] };
  const mayRestart =
    (containers: readonly Container[] | undefined) =>
    (name: string, exitCode: number): boolean => {
      const container = (containers ?? []).find((candidate) => candidate.name === name);
      return container !== undefined && restarts(container, spec, exitCode);
    };
  const running = mayRestart(spec.containers);
  const starting = mayRestart(spec.initContainers);
  checkTransitions(errors, "status.containerStatuses", after.containerStatuses, before.containerStatuses, running);
  checkTransitions(
    errors,
    "status.initContainerStatuses",
    after.initContainerStatuses,
    before.initContainerStatuses,
    starting,
  );
  checkTransitions(
    errors,
    "status.ephemeralContainerStatuses",
    after.ephemeralContainerStatuses,
    before.ephemeralContainerStatuses,
    () => false,
  );
  checkAddresses(errors, "status.podIPs", addresses(after.podIPs), addresses(before.podIPs));
  const hostIPs = addresses(after.hostIPs);
  if (hostIPs.length > 0 && hostIPs[0] !== after.hostIP) {
    errors.push(field.invalid("status.hostIPs[0].ip", hostIPs[0], "must be equal to `hostIP`"));
  }
  checkAddresses(errors, "status.hostIPs", hostIPs, addresses(before.hostIPs));
  return errors;
}
