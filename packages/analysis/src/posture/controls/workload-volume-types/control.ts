import type { PersistentVolume, PersistentVolumeClaim, Volume } from "@bulkhead/api";
import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "restrictedVolumes";
/** These are told by controls of their own. */
const elsewhere = /\.(?:hostPath|gitRepo)$/;

const volumeAt = (volumes: readonly Volume[] | undefined, field: string): Volume | undefined =>
  volumes?.find((_, i) => field.includes(`spec.volumes[${i}]`));

export const workloadVolumeTypes = workloadControl({
  id: "workload-volume-types",
  title: "Pods name storage by claims, not by servers and disks",
  area: "workloads",
  attack:
    "A claim names storage that somebody granted, while a volume such as nfs or iscsi names a server that the node then mounts as root. Whoever may write a pod has the node connect to a server of their choosing and read a file system of their making, or reads other tenants' exports. Kernel flaws in file systems are reached that way, and data is read that was meant for others.",
  severity: "low",
  severityBecause: "it needs the right to write pods and a server that answers the node",
  frameworks: {
    pss: ["restricted/restrictedVolumes"],
    nsa: ["pod-security"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "restricted", rule)
      .filter(({ field }) => !elsewhere.test(field))
      .map((broken) => {
        const name = volumeAt(workload.spec.volumes, broken.field)?.name ?? "";
        const type = broken.field.slice(broken.field.lastIndexOf(".") + 1);
        return ruleBreach(broken, "restricted", rule, `volume ${name} names its storage itself, by ${type}`, name);
      }),
  fix: (workload, breach) => {
    const volume = volumeAt(workload.spec.volumes, breach.field);
    if (volume?.nfs === undefined)
      return {
        kind: "by-hand",
        why: "how the storage is granted to this namespace is the storage administrator's to say",
        how: `have a PersistentVolume made for it (by the CSI driver of that storage), and name its claim in volume ${volume?.name ?? ""}`,
      };
    const name = `${workload.ref.name}-${volume.name}`;
    const accessModes = [volume.nfs.readOnly === true ? "ReadOnlyMany" : "ReadWriteMany"];
    const size = { storage: "1Gi" };
    const volumeName = `${workload.namespace}-${name}`;
    const granted: PersistentVolume = {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: volumeName },
      spec: {
        capacity: size,
        accessModes,
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "",
        nfs: volume.nfs,
        claimRef: { namespace: workload.namespace, name },
      },
    };
    const claim: PersistentVolumeClaim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, namespace: workload.namespace },
      spec: { accessModes, resources: { requests: size }, storageClassName: "", volumeName },
    };
    return edited(
      [
        { op: "create", create: granted },
        { op: "create", create: claim },
        setting(workload, breach.field.slice(0, breach.field.lastIndexOf(".")), {
          name: volume.name,
          persistentVolumeClaim: { claimName: name },
        }),
      ],
      {
        mind: "it is the same export, granted by a PersistentVolume; its size is a name only, NFS does not hold to it",
      },
    );
  },
});
