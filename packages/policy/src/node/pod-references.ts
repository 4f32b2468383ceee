import type { EnvFromSource, EnvVar, Pod, Volume } from "@bulkhead/api";

type Reference = readonly [
  resource: "secrets" | "configmaps" | "persistentvolumeclaims" | "serviceaccounts",
  name: string,
];

function* envReferences(container: {
  readonly env?: EnvVar[] | undefined;
  readonly envFrom?: EnvFromSource[] | undefined;
}): Generator<Reference> {
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.secretKeyRef?.name) yield ["secrets", valueFrom.secretKeyRef.name];
    if (valueFrom?.configMapKeyRef?.name) yield ["configmaps", valueFrom.configMapKeyRef.name];
  }
  for (const from of container.envFrom ?? []) {
    if (from.secretRef?.name) yield ["secrets", from.secretRef.name];
    if (from.configMapRef?.name) yield ["configmaps", from.configMapRef.name];
  }
}

function* volumeReferences(volume: Volume, podName: string): Generator<Reference> {
  if (volume.secret?.secretName) yield ["secrets", volume.secret.secretName];
  if (volume.configMap?.name) yield ["configmaps", volume.configMap.name];
  if (volume.persistentVolumeClaim?.claimName) yield ["persistentvolumeclaims", volume.persistentVolumeClaim.claimName];
  if (volume.ephemeral !== undefined) yield ["persistentvolumeclaims", `${podName}-${volume.name}`];
  for (const source of volume.projected?.sources ?? []) {
    if (source.secret?.name) yield ["secrets", source.secret.name];
    if (source.configMap?.name) yield ["configmaps", source.configMap.name];
  }
  const drivers = [
    volume.csi?.nodePublishSecretRef,
    volume.cephfs?.secretRef,
    volume.flexVolume?.secretRef,
    volume.iscsi?.secretRef,
    volume.rbd?.secretRef,
    volume.scaleIO?.secretRef,
    volume.storageos?.secretRef,
  ];
  for (const driver of drivers) if (driver?.name) yield ["secrets", driver.name];
  if (volume.azureFile?.secretName) yield ["secrets", volume.azureFile.secretName];
}

/** Every object of its namespace that a pod names, init and ephemeral containers, envFrom and projections included. */
export function* podReferences(pod: Pod): Generator<Reference> {
  const { spec } = pod;
  yield ["serviceaccounts", spec?.serviceAccountName || "default"];
  for (const secret of spec?.imagePullSecrets ?? []) if (secret.name) yield ["secrets", secret.name];
  for (const container of [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ]) {
    yield* envReferences(container);
  }
  for (const volume of spec?.volumes ?? []) yield* volumeReferences(volume, pod.metadata.name ?? "");
}
