import type { Pod } from "@bulkhead/api";

/** Who owns a volume's files, in host ids as they lie on disk. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** The files' readers are known (one user, or the pod's group): others get nothing. */
  readonly closed: boolean;
}

/** The one user that all containers run as, where the spec says so. */
function commonUser(pod: Pod): number | undefined {
  const shared = pod.spec?.securityContext?.runAsUser;
  const users = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(
    ({ securityContext }) => securityContext?.runAsUser ?? shared,
  );
  const first = users[0];
  return first !== undefined && users.every((user) => user === first) ? first : undefined;
}

/** Owner of the files that the agent writes. `base` is added to ids where mounts cannot map owners. */
export function filesOwnership(pod: Pod, base: number): Ownership {
  const group = pod.spec?.securityContext?.fsGroup;
  const user = commonUser(pod);
  return { uid: base + (user ?? 0), gid: base + (group ?? 0), closed: group !== undefined || user !== undefined };
}

/**
 * A file's mode for its readers: with known ones the world's bits move to the group where there is one, and go.
 * Otherwise as asked: the folder above is closed to the host anyway.
 */
export function fileMode(asked: number, pod: Pod, ownership: Ownership): number {
  const group = pod.spec?.securityContext?.fsGroup !== undefined;
  if (!ownership.closed) return asked;
  return (asked & 0o770) | (group ? (asked & 0o400) >> 3 : 0);
}
