import type { Edit, Fix } from "../posture/edits.ts";
import type { Workload } from "../posture/workload.ts";
import { plainPath, within } from "./plain-path.ts";

/** Folders of the node where its own parts meet it, and what the node has from whoever writes there. */
const meetingPlaces: readonly (readonly [folder: string, says: string])[] = [
  ["/opt/cni", "it installs the network plugin of its node, whose pods would get no network"],
  ["/etc/cni", "it installs the network plugin of its node, whose pods would get no network"],
  ["/var/lib/kubelet/device-plugins", "it hands the devices of its node to pods, which would get none"],
  ["/var/lib/kubelet/plugins_registry", "it mounts volumes for the kubelet of its node, whose pods would get none"],
];

/** What its node has from a workload, where the paths that it writes say so: it is what it is by its rights. */
function nodePart({ spec, containers }: Workload): string | undefined {
  const written = (name: string): boolean =>
    containers.some(({ container }) =>
      container.volumeMounts?.some((mount) => mount.name === name && mount.readOnly !== true),
    );
  for (const { name, hostPath } of spec.volumes ?? []) {
    const path = hostPath === undefined ? undefined : plainPath(hostPath.path);
    const found = meetingPlaces.find(([folder]) => path !== undefined && within(path, folder));
    if (found !== undefined && written(name)) return found[1];
  }
  return undefined;
}

/** What a process may do, and what of its node it sees. */
const right = /(?:^|\.)(?:securityContext|hostNetwork|hostPID|hostIPC|volumes|volumeMounts)(?:[.[]|$)/;
const takesRights = (edit: Edit): boolean => "field" in edit && right.test(edit.field);

/** A fix as it is, or with what it would break where it takes rights from a part of the node. */
export function sparingNodeParts(workload: Workload, fix: Fix): Fix {
  if (fix.kind === "by-hand" || !fix.edits.some(takesRights)) return fix;
  const part = nodePart(workload);
  if (part === undefined) return fix;
  return { ...fix, breaks: fix.breaks === undefined ? part : `${fix.breaks}; ${part}` };
}
