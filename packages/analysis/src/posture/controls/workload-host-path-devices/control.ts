import { hostPathControl } from "../../../deciders/host-path.ts";

export const workloadHostPathDevices = hostPathControl(
  {
    id: "workload-host-path-devices",
    title: "Pods do not mount the node's disks and memory as devices",
    attack:
      "A device file of a disk or of memory gives what lies behind it without asking for any file's permissions. With /dev or a disk of the node in the pod, only the runtime's device rules are left in between, and a privileged container or a further device grant lifts them. An attacker then reads and rewrites the node's disk under its file system.",
    severity: "high",
    severityBecause:
      "the runtime's device rules are the only wall left, and privilege or a device plugin takes it away",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "devices",
  () => "disks and memory of the node stand there as files",
  ({ ref }, { name }) => ({
    kind: "by-hand",
    why: `which devices ${ref.name} works with is not declared`,
    how: `ask for the device by a device plugin or a resource claim, or for a disk by a PersistentVolumeClaim with volumeMode Block; then remove volume ${name} and its mounts`,
  }),
);
