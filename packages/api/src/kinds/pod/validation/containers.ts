import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container, EphemeralContainer, PodSpec, Volume } from "../../../generated/types.ts";
import { isDNS1123Label } from "../../../name-validation.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { checkEnv, checkEnvFrom } from "./container-env.ts";
import { checkContainerPorts, checkHostPortClashes } from "./container-ports.ts";
import { checkLifecycle, checkProbe, type ProbeKind } from "./container-probes.ts";
import { checkResizePolicy, checkResources } from "./container-resources.ts";
import { checkContainerRestart, restartActions } from "./container-restart.ts";
import { checkSecurityContext } from "./security-context.ts";
import { checkVolumeDevices, checkVolumeMounts } from "./volume-mounts.ts";

/** What of its pod a container's rules depend on. */
export interface ContainerContext {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claims: ReadonlySet<string>;
  readonly hostUsers: boolean;
}

const pullPolicies = ["Always", "IfNotPresent", "Never"];
const messagePolicies = ["File", "FallbackToLogsOnError"];

function checkCommon(errors: FieldError[], path: string, container: Container, context: ContainerContext): void {
  const { name, terminationMessagePolicy: messages = "", imagePullPolicy: pull = "" } = container;
  if (name === "") errors.push(field.required(`${path}.name`));
  else for (const message of isDNS1123Label(name)) errors.push(field.invalid(`${path}.name`, name, message));
  if ((container.image ?? "") === "") errors.push(field.required(`${path}.image`));
  if (messages === "") errors.push(field.required(`${path}.terminationMessagePolicy`));
  else if (!messagePolicies.includes(messages)) {
    errors.push(field.notSupported(`${path}.terminationMessagePolicy`, messages, messagePolicies));
  }
  const { ports, env, envFrom, volumeDevices, resources, resizePolicy, securityContext } = container;
  if (ports !== undefined) checkContainerPorts(errors, `${path}.ports`, ports);
  if (env !== undefined) checkEnv(errors, `${path}.env`, env);
  if (envFrom !== undefined) checkEnvFrom(errors, `${path}.envFrom`, envFrom);
  if (container.volumeMounts !== undefined) {
    checkVolumeMounts(errors, `${path}.volumeMounts`, container, context.volumes);
  }
  if (volumeDevices !== undefined) {
    const mounts = container.volumeMounts ?? [];
    checkVolumeDevices(errors, `${path}.volumeDevices`, volumeDevices, mounts, context.volumes);
  }
  if (pull === "") errors.push(field.required(`${path}.imagePullPolicy`));
  else if (!pullPolicies.includes(pull)) errors.push(field.notSupported(`${path}.imagePullPolicy`, pull, pullPolicies));
  if (resources !== undefined) checkResources(errors, `${path}.resources`, resources, context.claims);
  if (resizePolicy !== undefined) {
    checkResizePolicy(errors, `${path}.resizePolicy`, resizePolicy, context.spec.restartPolicy);
  }
  if (securityContext !== undefined) {
    checkSecurityContext(errors, `${path}.securityContext`, securityContext, context.hostUsers);
  }
}

const probeKinds: readonly ProbeKind[] = ["livenessProbe", "readinessProbe", "startupProbe"];

function checkLife(errors: FieldError[], path: string, container: Container, { spec }: ContainerContext): void {
  const grace = spec.terminationGracePeriodSeconds;
  if (container.lifecycle !== undefined) {
    checkLifecycle(errors, `${path}.lifecycle`, container.lifecycle, grace, spec.os);
  }
  for (const kind of probeKinds) {
    const probe = container[kind];
    if (probe !== undefined) checkProbe(errors, `${path}.${kind}`, probe, kind, grace);
  }
}

export function checkContainers(errors: FieldError[], path: string, context: ContainerContext): void {
  const containers = context.spec.containers ?? [];
  if (containers.length === 0) {
    errors.push(field.required(path));
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = field.index(path, index);
    checkCommon(errors, at, container, context);
    if (names.has(container.name)) errors.push(field.duplicate(`${at}.name`, container.name));
    names.add(container.name);
    checkLife(errors, at, container, context);
    checkContainerRestart(errors, at, container, restartActions);
  }
  checkHostPortClashes(errors, path, containers);
}

const sidecarOnly = ["lifecycle", ...probeKinds] as const;

export function checkInitContainers(errors: FieldError[], path: string, context: ContainerContext): void {
  const containers = context.spec.initContainers;
  if (containers === undefined) return;
  const names = new Set((context.spec.containers ?? []).map(({ name }) => name));
  for (const [index, container] of containers.entries()) {
    const at = field.index(path, index);
    checkCommon(errors, at, container, context);
    const sidecar = container.restartPolicy === "Always";
    if (sidecar && (container.restartPolicyRules ?? []).length > 0) {
      const why = "restartPolicyRules are not allowed for init containers with restart policy Always";
      errors.push(field.forbidden(`${at}.restartPolicyRules`, why));
    } else checkContainerRestart(errors, at, container, restartActions);
    if (names.has(container.name)) errors.push(field.duplicate(`${at}.name`, container.name));
    else if (container.name !== "") names.add(container.name);
    checkHostPortClashes(errors, path, [container]);
    if (sidecar) {
      checkLife(errors, at, container, context);
      continue;
    }
    for (const key of sidecarOnly) {
      if (container[key] === undefined) continue;
      errors.push(field.forbidden(`${at}.${key}`, "may not be set for init containers without restartPolicy=Always"));
    }
    for (const [policyIndex, policy] of (container.resizePolicy ?? []).entries()) {
      if (policy.restartPolicy !== "RestartContainer") continue;
      const why = "must not be set to 'RestartContainer' for non-sidecar initContainers";
      const where = `${field.index(`${at}.resizePolicy`, policyIndex)}.restartPolicy`;
      errors.push(field.invalid(where, policy.restartPolicy, why));
    }
  }
}

const notForEphemeral = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

const isUsed = (value: unknown): boolean =>
  value !== undefined && (typeof value !== "object" || value === null || Object.keys(value).length > 0);

function checkEphemeralFields(errors: FieldError[], path: string, container: EphemeralContainer): void {
  const cannot = "cannot be set for an Ephemeral Container";
  for (const key of notForEphemeral) {
    if (isUsed(container[key])) errors.push(field.forbidden(`${path}.${key}`, cannot));
  }
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    for (const key of ["subPath", "subPathExpr"] as const) {
      if ((mount[key] ?? "") === "") continue;
      errors.push(field.forbidden(`${field.index(`${path}.volumeMounts`, index)}.${key}`, cannot));
    }
  }
}

export function checkEphemeralContainers(errors: FieldError[], path: string, context: ContainerContext): void {
  const { ephemeralContainers, containers, initContainers } = context.spec;
  if (ephemeralContainers === undefined) return;
  const others = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  for (const [index, container] of ephemeralContainers.entries()) {
    const at = field.index(path, index);
    checkCommon(errors, at, container as Container, context);
    checkImageSpace(errors, at, container);
    if (names.has(container.name)) errors.push(field.duplicate(`${at}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName ?? "";
    if (target !== "" && !others.has(target)) errors.push(field.notFound(`${at}.targetContainerName`, target));
    checkEphemeralFields(errors, at, container);
  }
}

/** A Pod's own images must be written without space around them; templates of old may have some. */
export function checkImageSpace(
  errors: FieldError[],
  path: string,
  { image = "" }: { readonly image?: string | undefined },
): void {
  if (image.trim().length === image.length) return;
  errors.push(field.invalid(`${path}.image`, image, "must not have leading or trailing whitespace"));
}

/** `oneOfErrors` where an empty value is a missing one. */
export function checkChoice(
  errors: FieldError[],
  path: string,
  value: string | undefined,
  choices: readonly string[],
): void {
  if (value === undefined || value === "") errors.push(field.required(path));
  else if (!choices.includes(value)) errors.push(...oneOfErrors(path, value, choices));
}
