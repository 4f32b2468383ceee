/** Rules of a pod's specification, in a Pod and in a template alike (validation.go's ValidatePodSpec). */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { ObjectMeta, PodResourceClaim, PodSpec } from "../../../generated/types.ts";
import { validateLabels } from "../../../label-selector.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, rangeError } from "../../../name-validation.ts";
import { totalResources } from "../total-resources.ts";
import { checkPodResources, checkResources } from "./container-resources.ts";
import {
  type ContainerContext,
  checkChoice,
  checkContainers,
  checkEphemeralContainers,
  checkInitContainers,
} from "./containers.ts";
import { checkPodAnnotations, checkProfilesAgree, mirrorAnnotation } from "./pod-annotations.ts";
import { checkDnsConfig, checkHostAliases } from "./pod-dns.ts";
import { checkHostProcess, checkOs, containersOf } from "./pod-os.ts";
import { checkAffinity, checkTolerations, checkTopologySpread } from "./scheduling.ts";
import { checkPodSecurityContext } from "./security-context.ts";
import { checkVolumes } from "./volumes.ts";

export interface PodSpecOptions {
  /** The specification of a Pod itself, not of a template. */
  readonly isPod: boolean;
  /** The metadata beside the specification. */
  readonly metadata?: ObjectMeta | undefined;
}

function checkClaims(
  errors: FieldError[],
  path: string,
  claims: readonly PodResourceClaim[],
  metadata: ObjectMeta | undefined,
): void {
  const seen = new Set<string>();
  for (const [index, claim] of claims.entries()) {
    if (metadata?.annotations?.[mirrorAnnotation] !== undefined) {
      errors.push(field.forbidden("[]", "static pods do not support resource claims"));
      continue;
    }
    const at = field.index(path, index);
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    if (name === "") errors.push(field.required(`${at}.name`));
    else if (seen.has(name)) errors.push(field.duplicate(`${at}.name`, name));
    else for (const message of isDNS1123Label(name)) errors.push(field.invalid(`${at}.name`, name, message));
    seen.add(name);
    const shown = {
      Name: name,
      ResourceClaimName: resourceClaimName ?? null,
      ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
    };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const why = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      errors.push(field.invalid(at, shown, why));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const why = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      errors.push(field.invalid(at, shown, why));
    }
    checkName(errors, `${at}.resourceClaimName`, resourceClaimName);
    checkName(errors, `${at}.resourceClaimTemplateName`, resourceClaimTemplateName);
  }
}

/** A name of another object, where there is one. */
function checkName(errors: FieldError[], path: string, name: string | undefined): void {
  if (name === undefined || name === "") return;
  for (const message of isDNS1123Subdomain(name)) errors.push(field.invalid(path, name, message));
}

function checkLabel(errors: FieldError[], path: string, name: string | undefined): void {
  if (name === undefined || name === "") return;
  for (const message of isDNS1123Label(name)) errors.push(field.invalid(path, name, message));
}

function checkHostPorts(errors: FieldError[], path: string, spec: PodSpec, isPod: boolean): void {
  if (spec.hostNetwork !== true) return;
  for (const [index, container] of (spec.containers ?? []).entries()) {
    for (const [portIndex, { containerPort, hostPort = 0 }] of (container.ports ?? []).entries()) {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) continue;
      const at = field.index(`${field.index(`${path}.containers`, index)}.ports`, portIndex);
      errors.push(field.invalid(`${at}.hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true"));
    }
  }
}

function checkGates(errors: FieldError[], path: string, spec: PodSpec): void {
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    const at = `${field.index(`${path}.readinessGates`, index)}.conditionType`;
    for (const message of isQualifiedName(conditionType)) errors.push(field.invalid(at, conditionType, message));
  }
  const seen = new Set<string>();
  for (const [index, { name }] of (spec.schedulingGates ?? []).entries()) {
    const at = field.index(`${path}.schedulingGates`, index);
    for (const message of isQualifiedName(name)) errors.push(field.invalid(at, name, message));
    if (seen.has(name)) errors.push(field.duplicate(at, name));
    seen.add(name);
  }
}

/** A user namespace of its own cannot be shared with the host's processes. */
function checkUserNamespace(errors: FieldError[], path: string, spec: PodSpec): void {
  if (spec.hostUsers !== false) return;
  const why = "when `hostUsers` is false";
  if (spec.hostNetwork === true) errors.push(field.forbidden(`${path}.hostNetwork`, why));
  // The capitals are upstream's.
  if (spec.hostPID === true) errors.push(field.forbidden(`${path}.HostPID`, why));
  if (spec.hostIPC === true) errors.push(field.forbidden(`${path}.HostIPC`, why));
  for (const [container, at] of containersOf(spec, path)) {
    if ((container.volumeDevices ?? []).length > 0) errors.push(field.forbidden(`${at}.volumeDevices`, why));
  }
}

const maxHostname = 64;

function checkHostnameOverride(errors: FieldError[], path: string, spec: PodSpec): void {
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  const at = `${path}.hostnameOverride`;
  if (spec.setHostnameAsFQDN === true) {
    errors.push(field.forbidden(at, "may not be specified when setHostnameAsFQDN is true"));
  }
  if (spec.hostNetwork === true) errors.push(field.forbidden(at, "may not be specified when hostNetwork is true"));
  if (Buffer.byteLength(name) > maxHostname) errors.push(field.tooLong(at, maxHostname));
  for (const message of isDNS1123Subdomain(name)) errors.push(field.invalid(at, name, message));
}

/** A variable read from a file needs a volume that the file can be in. */
function checkFileKeys(errors: FieldError[], path: string, spec: PodSpec): void {
  for (const [container, at] of containersOf(spec, path)) {
    if (container.env === undefined) continue;
    for (const [index, { valueFrom }] of container.env.entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) continue;
      const where = `${field.index(`${at}.env`, index)}.valueFrom.fileKeyRef.volumeName`;
      const volume = (spec.volumes ?? []).find((candidate) => candidate.name === name);
      if (volume === undefined) errors.push(field.notFound(where, name));
      else if (volume.emptyDir === undefined) {
        errors.push(field.invalid(where, name, "referenced volume must be of type emptyDir"));
      }
    }
  }
}

const maxDeadline = 2 ** 31 - 1;

function checkNames(errors: FieldError[], path: string, spec: PodSpec): void {
  checkName(errors, `${path}.serviceAccountName`, spec.serviceAccountName);
  checkName(errors, `${path}.nodeName`, spec.nodeName);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > maxDeadline)) {
    errors.push(field.invalid(`${path}.activeDeadlineSeconds`, deadline, rangeError(1, maxDeadline)));
  }
  checkLabel(errors, `${path}.hostname`, spec.hostname);
  checkLabel(errors, `${path}.subdomain`, spec.subdomain);
}

const noClaims: ReadonlySet<string> = new Set();

function checkWhatRuns(errors: FieldError[], path: string, spec: PodSpec, options: PodSpecOptions): void {
  const podName = options.isPod ? options.metadata?.name : undefined;
  const claims = spec.resourceClaims;
  const context: ContainerContext = {
    spec,
    volumes: checkVolumes(errors, `${path}.volumes`, spec.volumes, podName),
    claims: claims === undefined ? noClaims : new Set(claims.map(({ name }) => name)),
    hostUsers: spec.hostUsers !== false,
  };
  if (claims !== undefined) checkClaims(errors, `${path}.resourceClaims`, claims, options.metadata);
  checkContainers(errors, `${path}.containers`, context);
  checkInitContainers(errors, `${path}.initContainers`, context);
  checkEphemeralContainers(errors, `${path}.ephemeralContainers`, context);
  checkPodResources(errors, `${path}.resources`, spec, context.claims, (which) => totalResources(spec, which));
}

function checkWhereItRuns(errors: FieldError[], path: string, spec: PodSpec): void {
  if (spec.nodeSelector !== undefined) errors.push(...validateLabels(spec.nodeSelector, `${path}.nodeSelector`));
  if (spec.affinity !== undefined) checkAffinity(errors, `${path}.affinity`, spec.affinity);
  checkGates(errors, path, spec);
  if (spec.topologySpreadConstraints !== undefined) {
    checkTopologySpread(errors, `${path}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  }
  if (spec.tolerations !== undefined) checkTolerations(errors, `${path}.tolerations`, spec.tolerations);
  checkName(errors, `${path}.priorityClassName`, spec.priorityClassName);
  checkName(errors, `${path}.runtimeClassName`, spec.runtimeClassName);
  if (spec.preemptionPolicy !== undefined) {
    checkChoice(errors, `${path}.preemptionPolicy`, spec.preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  }
  if (spec.overhead !== undefined) checkResources(errors, `${path}.overhead`, { limits: spec.overhead }, noClaims);
}

/** All broken rules of a specification that stands at `path`. */
export function validatePodSpec(given: PodSpec | undefined, path: string, options: PodSpecOptions): FieldError[] {
  const spec: PodSpec = given ?? { containers: [] };
  const errors: FieldError[] = [];
  if (spec.terminationGracePeriodSeconds === undefined)
    errors.push(field.required(`${path}.terminationGracePeriodSeconds`));
  checkWhatRuns(errors, path, spec, options);
  checkHostPorts(errors, path, spec, options.isPod);
  checkChoice(errors, `${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]);
  checkChoice(errors, `${path}.dnsPolicy`, spec.dnsPolicy, [
    "ClusterFirstWithHostNet",
    "ClusterFirst",
    "Default",
    "None",
  ]);
  checkPodSecurityContext(errors, `${path}.securityContext`, spec);
  checkWhereItRuns(errors, path, spec);
  checkDnsConfig(errors, `${path}.dnsConfig`, spec.dnsConfig, spec.dnsPolicy);
  checkHostProcess(errors, path, spec);
  checkUserNamespace(errors, path, spec);
  checkHostnameOverride(errors, path, spec);
  checkNames(errors, path, spec);
  if (spec.hostAliases !== undefined) checkHostAliases(errors, `${path}.hostAliases`, spec.hostAliases);
  checkOs(errors, path, spec);
  checkFileKeys(errors, path, spec);
  const annotations = options.metadata?.annotations;
  if (annotations !== undefined) {
    const at = options.isPod ? "metadata.annotations" : `${path.replace(/\.spec$/, "")}.annotations`;
    checkPodAnnotations(errors, at, annotations, spec);
    checkProfilesAgree(errors, path, annotations, spec);
  }
  return errors;
}
