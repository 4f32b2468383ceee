/** Rules of volume sources that reach storage elsewhere: what must be given. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Volume } from "../../../generated/types.ts";
import { isDNS1123Subdomain, rangeError } from "../../../name-validation.ts";
import { dnsLabelErrors, oneOfErrors } from "../../name-fields.ts";
import { checkDescendingPath } from "./file-paths.ts";

type Check = (errors: FieldError[], volume: Volume, path: string) => void;

function require(errors: FieldError[], path: string, value: unknown): void {
  const empty = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  if (empty) errors.push(field.required(path));
}

function checkPartition(errors: FieldError[], path: string, partition = 0): void {
  if (partition < 0 || partition > 255) errors.push(field.invalid(path, partition, rangeError(1, 255)));
}

function checkNamedSecret(
  errors: FieldError[],
  path: string,
  secret: { readonly name?: string | undefined } | undefined,
): void {
  if (secret !== undefined) require(errors, `${path}.name`, secret.name);
}

const iqn = /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/;
const eui = /^eui.[a-zA-Z0-9]{16}$/;
const naa = /^naa.[a-zA-Z0-9]{32}$/;

function checkIqn(errors: FieldError[], path: string, name: string): void {
  const kind = name.slice(0, 3);
  const rule = { iqn, eui, naa }[kind];
  if (rule === undefined) {
    errors.push(field.invalid(path, name, "must be valid format starting with iqn, eui, or naa"));
  } else if (!rule.test(name)) errors.push(field.invalid(path, name, "must be valid format"));
}

const checkIscsi: Check = (errors, { iscsi, name }, path) => {
  if (iscsi === undefined) return;
  require(errors, `${path}.targetPortal`, iscsi.targetPortal);
  if (iscsi.iqn === "") errors.push(field.required(`${path}.iqn`));
  else checkIqn(errors, `${path}.iqn`, iscsi.iqn);
  if (iscsi.lun < 0 || iscsi.lun > 255) errors.push(field.invalid(`${path}.lun`, iscsi.lun, rangeError(0, 255)));
  const authenticated = iscsi.chapAuthDiscovery === true || iscsi.chapAuthSession === true;
  if (authenticated && iscsi.secretRef === undefined) errors.push(field.required(`${path}.secretRef`));
  if (iscsi.initiatorName === undefined) return;
  checkIqn(errors, `${path}.initiatorname`, iscsi.initiatorName);
  if (`${name}:${iscsi.targetPortal}`.length > 64) {
    const why =
      "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
    errors.push(field.invalid(path.replace(/iscsi$/, "name"), name, why));
  }
};

const checkFc: Check = (errors, { fc }, path) => {
  if (fc === undefined) return;
  const names = (fc.targetWWNs ?? []).length > 0;
  const ids = (fc.wwids ?? []).length > 0;
  const at = `${path}.targetWWNs`;
  if (!names && !ids) errors.push(field.required(at, "must specify either targetWWNs or wwids, but not both"));
  if (names && ids) {
    errors.push(field.invalid(at, fc.targetWWNs, "targetWWNs and wwids can not be specified simultaneously"));
  }
  if (!names) return;
  if (fc.lun === undefined) errors.push(field.required(`${path}.lun`, "lun is required if targetWWNs is specified"));
  else if (fc.lun < 0 || fc.lun > 255) errors.push(field.invalid(`${path}.lun`, fc.lun, rangeError(0, 255)));
};

const checkAzureDisk: Check = (errors, { azureDisk: disk }, path) => {
  if (disk === undefined) return;
  require(errors, `${path}.diskName`, disk.diskName);
  require(errors, `${path}.diskURI`, disk.diskURI);
  if (disk.cachingMode !== undefined) {
    errors.push(...oneOfErrors(`${path}.cachingMode`, disk.cachingMode, ["None", "ReadOnly", "ReadWrite"]));
  }
  if (disk.kind === undefined) return;
  errors.push(...oneOfErrors(`${path}.kind`, disk.kind, ["Dedicated", "Managed", "Shared"]));
  const managed = disk.kind === "Managed";
  if (disk.diskURI.startsWith(managed ? "/subscriptions/" : "https://")) return;
  const shape = managed
    ? "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
    : "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
  errors.push(field.notSupported(`${path}.diskURI`, disk.diskURI, [shape]));
};

const checkQuobyte: Check = (errors, { quobyte }, path) => {
  if (quobyte === undefined) return;
  const { registry, tenant = "", volume } = quobyte;
  const pairs = "must be a host:port pair or multiple pairs separated by commas";
  if (registry === "") errors.push(field.required(`${path}.registry`, pairs));
  else if (tenant.length >= 65) {
    errors.push(field.required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters"));
  } else if (registry.split(",").some((pair) => !/^(\[[^\]]+\]|[^:]+):[^:]*$/.test(pair))) {
    errors.push(field.invalid(`${path}.registry`, registry, pairs));
  }
  require(errors, `${path}.volume`, volume);
};

const checkFlocker: Check = (errors, { flocker }, path) => {
  if (flocker === undefined) return;
  const { datasetName = "", datasetUUID = "" } = flocker;
  if (datasetName === "" && datasetUUID === "") {
    errors.push(field.required(path, "one of datasetName and datasetUUID is required"));
  }
  if (datasetName !== "" && datasetUUID !== "") {
    errors.push(field.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (datasetName.includes("/")) errors.push(field.invalid(`${path}.datasetName`, datasetName, "must not contain '/'"));
};

const checkFlex: Check = (errors, { flexVolume }, path) => {
  if (flexVolume === undefined) return;
  require(errors, `${path}.driver`, flexVolume.driver);
  for (const key of Object.keys(flexVolume.options ?? {})) {
    const domain = `.${(key.split("/")[0] ?? key).toLowerCase()}`;
    if (domain.endsWith(".kubernetes.io") || domain.endsWith(".k8s.io")) {
      const why = "kubernetes.io and k8s.io namespaces are reserved";
      errors.push(field.invalid(field.key(`${path}.options`, key), key, why));
    }
  }
};

const maxDriverName = 63;

const checkCsi: Check = (errors, { csi }, path) => {
  if (csi === undefined) return;
  const { driver } = csi;
  if (driver === "") errors.push(field.required(`${path}.driver`));
  else {
    if (Buffer.byteLength(driver) > maxDriverName) errors.push(field.tooLong(`${path}.driver`, maxDriverName));
    for (const message of isDNS1123Subdomain(driver.toLowerCase())) {
      errors.push(field.invalid(`${path}.driver`, driver, message));
    }
  }
  const secret = csi.nodePublishSecretRef?.name;
  if (csi.nodePublishSecretRef === undefined) return;
  if (secret === undefined || secret === "") errors.push(field.required(`${path}.nodePublishSecretRef.name`));
  else for (const message of isDNS1123Subdomain(secret)) errors.push(field.invalid(`${path}.name`, secret, message));
};

/** By the source's field. The few that the kubelet mounts itself have rules of their own elsewhere. */
export const networkVolumeChecks: Readonly<Record<string, Check>> = {
  iscsi: checkIscsi,
  fc: checkFc,
  azureDisk: checkAzureDisk,
  quobyte: checkQuobyte,
  flocker: checkFlocker,
  flexVolume: checkFlex,
  csi: checkCsi,
  gitRepo(errors, { gitRepo }, path) {
    require(errors, `${path}.repository`, gitRepo?.repository);
    checkDescendingPath(errors, `${path}.directory`, gitRepo?.directory ?? "");
  },
  gcePersistentDisk(errors, { gcePersistentDisk: disk }, path) {
    const at = path.replace(/gcePersistentDisk$/, "persistentDisk");
    require(errors, `${at}.pdName`, disk?.pdName);
    checkPartition(errors, `${at}.partition`, disk?.partition);
  },
  awsElasticBlockStore(errors, { awsElasticBlockStore: disk }, path) {
    require(errors, `${path}.volumeID`, disk?.volumeID);
    checkPartition(errors, `${path}.partition`, disk?.partition);
  },
  nfs(errors, { nfs }, path) {
    require(errors, `${path}.server`, nfs?.server);
    require(errors, `${path}.path`, nfs?.path);
    const target = nfs?.path ?? "";
    if (!target.startsWith("/")) errors.push(field.invalid(`${path}.path`, target, "must be an absolute path"));
  },
  glusterfs(errors, { glusterfs }, path) {
    require(errors, `${path}.endpoints`, glusterfs?.endpoints);
    require(errors, `${path}.path`, glusterfs?.path);
  },
  rbd(errors, { rbd }, path) {
    require(errors, `${path}.monitors`, rbd?.monitors ?? []);
    require(errors, `${path}.image`, rbd?.image);
  },
  cinder(errors, { cinder }, path) {
    require(errors, `${path}.volumeID`, cinder?.volumeID);
    checkNamedSecret(errors, `${path}.secretRef`, cinder?.secretRef);
  },
  cephfs: (errors, { cephfs }, path) => require(errors, `${path}.monitors`, cephfs?.monitors ?? []),
  persistentVolumeClaim: (errors, { persistentVolumeClaim: claim }, path) =>
    require(errors, `${path}.claimName`, claim?.claimName),
  vsphereVolume: (errors, { vsphereVolume }, path) => require(errors, `${path}.volumePath`, vsphereVolume?.volumePath),
  photonPersistentDisk: (errors, { photonPersistentDisk: disk }, path) => require(errors, `${path}.pdID`, disk?.pdID),
  portworxVolume: (errors, { portworxVolume }, path) => require(errors, `${path}.volumeID`, portworxVolume?.volumeID),
  azureFile(errors, { azureFile }, path) {
    require(errors, `${path}.secretName`, azureFile?.secretName);
    require(errors, `${path}.shareName`, azureFile?.shareName);
  },
  scaleIO(errors, { scaleIO }, path) {
    require(errors, `${path}.gateway`, scaleIO?.gateway);
    require(errors, `${path}.system`, scaleIO?.system);
    require(errors, `${path}.volumeName`, scaleIO?.volumeName);
  },
  storageos(errors, { storageos }, path) {
    const { volumeName = "", volumeNamespace = "", secretRef } = storageos ?? {};
    if (volumeName === "") errors.push(field.required(`${path}.volumeName`));
    else errors.push(...dnsLabelErrors(`${path}.volumeName`, volumeName));
    if (volumeNamespace !== "") errors.push(...dnsLabelErrors(`${path}.volumeNamespace`, volumeNamespace));
    checkNamedSecret(errors, `${path}.secretRef`, secretRef);
  },
};
