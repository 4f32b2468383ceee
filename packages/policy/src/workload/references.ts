import type { Pod } from "@bulkhead/api";
import type { Because } from "../verdict.ts";

/** Whether an object exists in the pod's namespace; undefined: not known, and then nothing is said. */
export type ReferenceLookup = (
  resource: "secrets" | "configmaps" | "persistentvolumeclaims" | "serviceaccounts",
  namespace: string,
  name: string,
) => boolean | undefined;

interface Reference {
  readonly resource: Parameters<ReferenceLookup>[0];
  readonly name: string;
  readonly field: string;
}

type Source = { readonly name?: string | undefined; readonly optional?: boolean | undefined } | undefined;

function* required(resource: Reference["resource"], source: Source, field: string): Generator<Reference> {
  if (source?.name && source.optional !== true) yield { resource, name: source.name, field };
}

function* containerReferences(pod: Pod): Generator<Reference> {
  for (const list of ["initContainers", "containers"] as const) {
    for (const [i, container] of (pod.spec?.[list] ?? []).entries()) {
      for (const [j, { valueFrom }] of (container.env ?? []).entries()) {
        const at = `spec.${list}[${i}].env[${j}].valueFrom`;
        yield* required("secrets", valueFrom?.secretKeyRef, `${at}.secretKeyRef.name`);
        yield* required("configmaps", valueFrom?.configMapKeyRef, `${at}.configMapKeyRef.name`);
      }
      for (const [j, from] of (container.envFrom ?? []).entries()) {
        const at = `spec.${list}[${i}].envFrom[${j}]`;
        yield* required("secrets", from.secretRef, `${at}.secretRef.name`);
        yield* required("configmaps", from.configMapRef, `${at}.configMapRef.name`);
      }
    }
  }
}

function* volumeReferences(pod: Pod): Generator<Reference> {
  for (const [i, volume] of (pod.spec?.volumes ?? []).entries()) {
    const at = `spec.volumes[${i}]`;
    const { secret, configMap, persistentVolumeClaim } = volume;
    yield* required(
      "secrets",
      secret && { name: secret.secretName, optional: secret.optional },
      `${at}.secret.secretName`,
    );
    yield* required("configmaps", configMap, `${at}.configMap.name`);
    yield* required(
      "persistentvolumeclaims",
      persistentVolumeClaim && { name: persistentVolumeClaim.claimName },
      `${at}.persistentVolumeClaim.claimName`,
    );
    for (const [j, source] of (volume.projected?.sources ?? []).entries()) {
      yield* required("secrets", source.secret, `${at}.projected.sources[${j}].secret.name`);
      yield* required("configmaps", source.configMap, `${at}.projected.sources[${j}].configMap.name`);
    }
  }
}

const kinds = {
  secrets: "Secret",
  configmaps: "ConfigMap",
  persistentvolumeclaims: "PersistentVolumeClaim",
  serviceaccounts: "ServiceAccount",
} as const;

/** What a pod needs and does not find: it would wait for it, or be refused. */
export function missingReferences(pod: Pod, exists: ReferenceLookup): Because[] {
  const namespace = pod.metadata.namespace ?? "";
  const account: Reference = {
    resource: "serviceaccounts",
    name: pod.spec?.serviceAccountName || "default",
    field: "spec.serviceAccountName",
  };
  return [account, ...containerReferences(pod), ...volumeReferences(pod)]
    .filter(({ resource, name }) => exists(resource, namespace, name) === false)
    .map(({ resource, name, field }) => ({
      field,
      rule: "missing-reference",
      says: `${kinds[resource]} ${namespace}/${name} does not exist: its pods would ${resource === "serviceaccounts" ? "be refused" : "wait for it"}`,
    }));
}
