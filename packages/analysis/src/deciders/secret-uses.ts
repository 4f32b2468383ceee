import { type Workload, workloadsIn } from "../posture/workload.ts";
import type { Derivation } from "../snapshot/view.ts";

/** One place where a workload asks for a Secret. */
export interface SecretUse {
  /** Of the Secret, in the workload's namespace. */
  readonly secret: string;
  readonly how: "variable" | "all variables" | "volume" | "pull";
  /** In the workload's object. */
  readonly field: string;
  /** Tells the place from others whatever its index: container and variable, or volume. */
  readonly key: string;
  readonly optional: boolean;
}

function* inContainers({ containers }: Workload): Generator<SecretUse> {
  for (const { container, name, field } of containers) {
    for (const [index, { name: variable, valueFrom }] of (container.env ?? []).entries()) {
      const ref = valueFrom?.secretKeyRef;
      if (ref?.name === undefined) continue;
      const at = `${field}.env[${index}].valueFrom.secretKeyRef`;
      yield {
        secret: ref.name,
        how: "variable",
        field: at,
        key: `${name} ${variable}`,
        optional: ref.optional === true,
      };
    }
    for (const [index, { secretRef }] of (container.envFrom ?? []).entries()) {
      if (secretRef?.name === undefined) continue;
      const at = `${field}.envFrom[${index}].secretRef`;
      const key = `${name} from ${secretRef.name}`;
      yield { secret: secretRef.name, how: "all variables", field: at, key, optional: secretRef.optional === true };
    }
  }
}

function* inPod({ spec, prefix }: Workload): Generator<SecretUse> {
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const at = `${prefix}spec.volumes[${index}]`;
    const { secret } = volume;
    const key = `volume ${volume.name}`;
    if (secret?.secretName !== undefined)
      yield {
        secret: secret.secretName,
        how: "volume",
        field: `${at}.secret`,
        key,
        optional: secret.optional === true,
      };
    for (const [source, { secret: projected }] of (volume.projected?.sources ?? []).entries()) {
      if (projected?.name === undefined) continue;
      const field = `${at}.projected.sources[${source}].secret`;
      const one = `${key} ${projected.name}`;
      yield { secret: projected.name, how: "volume", field, key: one, optional: projected.optional === true };
    }
    const driver = volume.csi?.nodePublishSecretRef?.name;
    if (driver !== undefined)
      yield { secret: driver, how: "volume", field: `${at}.csi.nodePublishSecretRef`, key, optional: false };
  }
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries()) {
    if (name === undefined || name === "") continue;
    const field = `${prefix}spec.imagePullSecrets[${index}]`;
    yield { secret: name, how: "pull", field, key: name, optional: false };
  }
}

const known = new WeakMap<Workload, readonly SecretUse[]>();

/** All places where a workload asks for Secrets. */
export function secretUsesOf(workload: Workload): readonly SecretUse[] {
  const before = known.get(workload);
  if (before !== undefined) return before;
  const uses = [...inContainers(workload), ...inPod(workload)];
  known.set(workload, uses);
  return uses;
}

/** The workloads that use each Secret of a namespace (the key), as `kind/name`, sorted. */
export const secretUsers: Derivation<ReadonlyMap<string, readonly string[]>> = {
  name: "secret-users",
  compute: (view, namespace) => {
    const users = new Map<string, Set<string>>();
    for (const workload of workloadsIn(view, namespace)) {
      const name = `${workload.object.kind.toLowerCase()}/${workload.object.metadata.name ?? ""}`;
      for (const { secret } of secretUsesOf(workload)) users.set(secret, (users.get(secret) ?? new Set()).add(name));
    }
    const byName = [...users].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return new Map(byName.map(([secret, names]) => [secret, [...names].toSorted()]));
  },
  same: (a, b) => JSON.stringify([...a]) === JSON.stringify([...b]),
};
