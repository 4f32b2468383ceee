/** Warnings about pods' specifications: nothing that is refused, all that is probably not meant. */
import type { Container, ContainerPort, ObjectMeta, PodSpec, Volume } from "../../generated/types.ts";
import { isValidLabelValue } from "../../name-validation.ts";
import { deprecatedNodeLabels } from "../node-labels.ts";
import { ownValue } from "../own-value.ts";
import { quantity, type ResourceList } from "../resources.ts";
import { pathOverlapWarnings } from "./path-overlaps.ts";
import { containersOf } from "./validation/pod-os.ts";

const billion = 1_000_000_000n;

function fractionalWarnings(warnings: string[], list: ResourceList | undefined, path: string): void {
  if (list === undefined) return;
  for (const name of ["memory", "ephemeral-storage"]) {
    const amount = list[name];
    if (amount === undefined || quantity(amount).nano % billion === 0n) continue;
    warnings.push(`${path}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`);
  }
}

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

const deprecatedVolumes: Readonly<Record<string, readonly [shown: string, message: string]>> = {
  photonPersistentDisk: ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  gitRepo: ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  scaleIO: ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  flocker: ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  storageos: ["storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  quobyte: ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  glusterfs: ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  cephfs: ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  rbd: ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
};

function volumeWarnings(warnings: string[], path: string, volumes: readonly Volume[]): void {
  for (const [index, volume] of volumes.entries()) {
    for (const kind of Object.keys(volume)) {
      const old = ownValue(deprecatedVolumes, kind);
      if (old !== undefined) warnings.push(`${path}[${index}].${old[0]}: ${old[1]}`);
    }
  }
  warnings.push(...pathOverlapWarnings(volumes));
}

function schedulingWarnings(warnings: string[], path: string, spec: PodSpec): void {
  for (const label of Object.keys(spec.nodeSelector ?? {})) {
    const message = ownValue(deprecatedNodeLabels, label);
    if (message !== undefined) warnings.push(`${path}.nodeSelector[${label}]: ${message}`);
  }
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  const terms = [
    ...(nodeAffinity?.[required]?.nodeSelectorTerms ?? []).map((term, index) => ({
      term,
      at: `${path}.affinity.nodeAffinity.${required}.nodeSelectorTerms[${index}]`,
      values: false,
    })),
    ...(nodeAffinity?.[preferred] ?? []).map(({ preference }, index) => ({
      term: preference,
      at: `${path}.affinity.nodeAffinity.${preferred}[${index}].preference`,
      values: true,
    })),
  ];
  for (const { term, at, values } of terms) {
    for (const [index, expression] of (term.matchExpressions ?? []).entries()) {
      const message = ownValue(deprecatedNodeLabels, expression.key);
      const where = `${at}.matchExpressions[${index}]`;
      if (message !== undefined) warnings.push(`${where}.key: ${expression.key} is ${message}`);
      for (const [valueIndex, value] of (values ? (expression.values ?? []) : []).entries()) {
        for (const wrong of isValidLabelValue(value)) {
          warnings.push(`${where}.values[${valueIndex}]: ${value} is invalid, ${wrong}`);
        }
      }
    }
  }
  const nobody = "a null labelSelector results in matching no pod";
  for (const [index, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const message = ownValue(deprecatedNodeLabels, constraint.topologyKey);
    if (message !== undefined) warnings.push(`${at}.topologyKey: ${constraint.topologyKey} is ${message}`);
    if (constraint.labelSelector === undefined) warnings.push(`${at}.labelSelector: ${nobody}`);
  }
  for (const [name, affinity] of Object.entries({ podAffinity, podAntiAffinity })) {
    for (const [index, term] of (affinity?.[required] ?? []).entries()) {
      if (term.labelSelector !== undefined) continue;
      warnings.push(`${path}.affinity.${name}.${required}[${index}].labelSelector: ${nobody}`);
    }
    for (const [index, { podAffinityTerm }] of (affinity?.[preferred] ?? []).entries()) {
      if (podAffinityTerm.labelSelector !== undefined) continue;
      warnings.push(`${path}.affinity.${name}.${preferred}[${index}].podAffinityTerm.labelSelector: ${nobody}`);
    }
  }
}

function repeated(warnings: string[], path: string, kind: string, key: string, values: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) warnings.push(`${path}[${index}].${key}: duplicate ${kind} "${value}"`);
    seen.add(value);
  }
}

function envWarnings(warnings: string[], path: string, { env = [] }: Container): void {
  const seen = new Set<string>();
  for (const [index, { name, value = "", valueFrom }] of env.entries()) {
    const reference = `$(${name})`;
    const builds = valueFrom === undefined && value !== reference && value.includes(reference);
    if (seen.has(name) && !builds) {
      warnings.push(
        `${path}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`,
      );
    }
    seen.add(name);
  }
}

const maxCompared = 100;

interface PortSeen {
  readonly at: string;
  readonly port: ContainerPort;
}

function clash(a: ContainerPort, b: ContainerPort): string | undefined {
  const { hostIP: aIP = "", hostPort: aPort = 0 } = a;
  const { hostIP: bIP = "", hostPort: bPort = 0 } = b;
  if (aIP === bIP && aPort === bPort) return "duplicate port definition";
  if (aPort === 0 || bPort === 0) return "overlapping port definition";
  const oneAny = (aIP === "") !== (bIP === "");
  return aPort === bPort && oneAny ? "dangerously ambiguous port definition" : undefined;
}

function portWarnings(warnings: string[], containers: readonly (readonly [Container, string])[]): void {
  const byNumber = new Map<string, PortSeen[]>();
  const byName = new Map<string, string>();
  const nameWarnings: string[] = [];
  for (const [container, path] of containers) {
    for (const [index, port] of (container.ports ?? []).entries()) {
      const at = `${path}.ports[${index}]`;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = byNumber.get(key) ?? [];
      for (const other of others) {
        const why = clash(port, other.port);
        if (why !== undefined) warnings.push(`${at}: ${why} with ${other.at}`);
      }
      // A client is told of a few; comparing thousands with each other would only keep the server busy.
      if (others.length < maxCompared) others.push({ at, port });
      byNumber.set(key, others);
      const name = port.name ?? "";
      if (name === "") continue;
      const first = byName.get(name);
      if (first === undefined) byName.set(name, at);
      else {
        nameWarnings.push(
          `${at}: duplicate port name "${name}" with ${first}, services and probes that select ports by name will use ${first}`,
        );
      }
    }
  }
  warnings.push(...nameWarnings);
}

function annotationWarnings(warnings: string[], path: string, metadata: ObjectMeta, spec: PodSpec): void {
  const annotations = metadata.annotations;
  if (annotations === undefined) return;
  const at = `${path.replace(/\.?spec$/, "")}.metadata.annotations`.replace(/^\./, "");
  for (const [key, message] of Object.entries(deprecatedAnnotations)) {
    if (annotations[key] !== undefined) warnings.push(`${at}[${key}]: ${message}`);
  }
  const seccomp = "seccomp.security.alpha.kubernetes.io/";
  const gone = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  if (spec.securityContext?.seccompProfile === undefined && annotations[`${seccomp}pod`] !== undefined) {
    warnings.push(`${at}[${seccomp}pod]: ${gone}`);
  }
  for (const [container] of containersOf(spec, path)) {
    const key = `container.${seccomp}${container.name}`;
    if (container.securityContext?.seccompProfile === undefined && annotations[key] !== undefined) {
      warnings.push(`${at}[${key}]: ${gone}`);
    }
  }
}

/** Warnings for a pod's specification, in a Pod and in a template alike. `path` is where it stands. */
export function podSpecWarnings(spec: PodSpec | undefined, path: string, metadata: ObjectMeta | undefined): string[] {
  if (spec === undefined) return [];
  const warnings: string[] = [];
  schedulingWarnings(warnings, path, spec);
  if (metadata !== undefined) annotationWarnings(warnings, path, metadata, spec);
  if (spec.volumes !== undefined) volumeWarnings(warnings, `${path}.volumes`, spec.volumes);
  repeated(
    warnings,
    `${path}.hostAliases`,
    "ip",
    "ip",
    (spec.hostAliases ?? []).map(({ ip }) => ip),
  );
  const pullSecrets = (spec.imagePullSecrets ?? []).map(({ name = "" }) => name);
  repeated(warnings, `${path}.imagePullSecrets`, "name", "name", pullSecrets);
  for (const [index, name] of pullSecrets.entries()) {
    if (name === "") warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`);
  }
  fractionalWarnings(warnings, spec.overhead, `${path}.overhead`);
  const containers = [...containersOf(spec, path)];
  for (const [container, at] of containers) {
    fractionalWarnings(warnings, container.resources?.limits, `${at}.resources.limits`);
    fractionalWarnings(warnings, container.resources?.requests, `${at}.resources.requests`);
    envWarnings(warnings, at, container);
  }
  portWarnings(warnings, containers);
  return warnings;
}
