import type { Breach, ControlCard, Fix } from "../posture/control.ts";
import { type Control, workloadControl } from "../posture/control.ts";
import type { PlacedContainer, Workload } from "../posture/workload.ts";
import type { View } from "../snapshot/view.ts";
import { plainPath, within } from "./plain-path.ts";
import { brokenRule, ruleBreach } from "./pod-security-rule.ts";
import { edited, listed, removing, setting } from "./workload-edits.ts";

/** What a path of the node's gives away; the first that is true of it. `other`: nothing by itself. */
export type HostPathRisk =
  | "root"
  | "runtime-socket"
  | "state"
  | "configuration"
  | "kernel"
  | "devices"
  | "programs"
  | "logs"
  | "other";

export interface HostPathMount {
  readonly container: PlacedContainer;
  readonly field: string;
  readonly mountPath: string;
  readonly writable: boolean;
}

export interface HostPathVolume {
  readonly name: string;
  /** `spec.volumes[0]`, in the object. */
  readonly field: string;
  readonly path: string;
  readonly risk: HostPathRisk;
  readonly mounts: readonly HostPathMount[];
}

const withinAny = (path: string, folders: readonly string[]): boolean => folders.some((f) => within(path, f));
const reaches = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => within(path, folder) || within(folder, path));

const sockets = [
  "/run/docker.sock",
  "/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/run/podman/podman.sock",
  "/run/k3s/containerd/containerd.sock",
];
const socketName = /\/(?:docker|containerd|crio|cri-dockerd|dockershim|podman|buildkitd)\.sock$/;
const state = [
  "/var/lib/kubelet",
  "/var/lib/containerd",
  "/var/lib/containers",
  "/var/lib/docker",
  "/var/lib/etcd",
  "/var/lib/rancher",
];
/** Where device and storage plugins meet the kubelet: they hold no pod's data. */
const pluginFolders = ["device-plugins", "plugins", "plugins_registry", "pod-resources"].map(
  (name) => `/var/lib/kubelet/${name}`,
);
const configuration = [
  "/etc/kubernetes",
  "/etc/rancher",
  "/etc/cron.d",
  "/etc/cron.daily",
  "/etc/crontab",
  "/etc/systemd",
  "/etc/ssh",
  "/etc/sudoers",
  "/etc/sudoers.d",
  "/etc/passwd",
  "/etc/shadow",
  "/etc/pam.d",
  "/etc/ld.so.preload",
  "/etc/cni",
  "/root",
];
const devices = /^\/dev(?:\/(?:sd|vd|xvd|nvme|dm-|mapper|disk|mem|kmem|port|block|loop)[^/]*(?:\/.*)?)?$/;
const programs = ["/bin", "/sbin", "/lib", "/lib64", "/usr", "/boot", "/opt/cni/bin"];

function riskOf(path: string, writable: boolean): HostPathRisk {
  if (path === "/" || within(path, "/proc/1/root")) return "root";
  if (reaches(path, sockets) && !within(path, "/var")) return "runtime-socket";
  if (socketName.test(path)) return "runtime-socket";
  if (reaches(path, state) && !withinAny(path, pluginFolders)) return "state";
  if (within(path, "/home") || reaches(path, configuration)) return "configuration";
  if (devices.test(path)) return "devices";
  if (writable && withinAny(path, ["/proc", "/sys"])) return "kernel";
  if (writable && (withinAny(path, programs) || path === "/opt" || path === "/opt/cni")) return "programs";
  if (writable && withinAny(path, ["/var/log"])) return "logs";
  return "other";
}

const known = new WeakMap<Workload, readonly HostPathVolume[]>();

function read({ spec, prefix, containers }: Workload): HostPathVolume[] {
  return (spec.volumes ?? []).flatMap(({ name, hostPath }, index) => {
    if (hostPath === undefined) return [];
    const path = plainPath(hostPath.path);
    const mounts = containers.flatMap((container) =>
      (container.container.volumeMounts ?? []).flatMap((mount, at) =>
        mount.name === name
          ? [
              {
                container,
                field: `${container.field}.volumeMounts[${at}]`,
                mountPath: mount.mountPath,
                writable: mount.readOnly !== true,
              },
            ]
          : [],
      ),
    );
    const risk = riskOf(
      path,
      mounts.some((mount) => mount.writable),
    );
    return [{ name, field: `${prefix}spec.volumes[${index}]`, path, risk, mounts }];
  });
}

/** A workload's paths of the node's. */
export function hostPathsOf(workload: Workload): readonly HostPathVolume[] {
  const volumes = known.get(workload) ?? read(workload);
  known.set(workload, volumes);
  return volumes;
}

const mountSays = ({ mounts }: HostPathVolume): string =>
  mounts.length === 0
    ? "no container mounts it"
    : listed(
        mounts.map((m) => `container ${m.container.name} ${m.writable ? "writes" : "reads"} it at ${m.mountPath}`),
      );

const rule = "hostPathVolumes";

/** A control over paths of one risk, each of which the decider refuses at baseline. */
export const hostPathControl = (
  card: Omit<ControlCard, "area">,
  risk: HostPathRisk,
  says: (volume: HostPathVolume) => string,
  fix: (workload: Workload, volume: HostPathVolume) => Fix,
): Control => {
  const volumesOf = (workload: Workload): readonly HostPathVolume[] =>
    hostPathsOf(workload).filter((volume) => volume.risk === risk);
  return workloadControl({
    ...card,
    area: "workloads",
    check: (workload: Workload, view: View): readonly Breach[] => {
      const broken = brokenRule(workload, view, "baseline", rule);
      if (broken.length === 0) return [];
      return volumesOf(workload).flatMap((volume) =>
        broken
          .filter(({ field }) => field === `${volume.field}.hostPath`)
          .map((one) =>
            ruleBreach(
              one,
              "baseline",
              rule,
              `volume ${volume.name} is ${volume.path} of the node, and ${mountSays(volume)}: ${says(volume)}`,
              volume.name,
            ),
          ),
      );
    },
    fix: (workload, breach) => {
      const volume = volumesOf(workload).find(({ field }) => breach.field === `${field}.hostPath`);
      if (volume === undefined) return { kind: "by-hand", why: "the volume is not there any more", how: "look again" };
      return volume.mounts.length === 0 ? edited([removing(workload, volume.field)]) : fix(workload, volume);
    },
  });
};

/** Makes every mount of a volume read-only. */
export const madeReadOnly = (workload: Workload, { mounts }: HostPathVolume, mind: string): Fix =>
  edited(
    mounts.filter((mount) => mount.writable).map((mount) => setting(workload, `${mount.field}.readOnly`, true)),
    { mind },
  );
