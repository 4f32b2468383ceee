import type { Pod } from "@bulkhead/api";
import { needsHostUsers } from "@bulkhead/policy";
import type { CriIdMapping } from "../cri/schema.ts";

/** Users and groups that a pod's user namespace holds: 0 … 65535 inside. */
export const rangeLength = 65_536;

/** What counts as asking for the host's users. */
export type UserNamespaceMode =
  /** A namespace for all but those that say hostUsers: true or ask for something that only the host's users can have. */
  | "unless-host-users"
  /** Upstream's: only with hostUsers: false. */
  | "when-asked";

/** Whether the pod runs in a user namespace of its own. */
export function hasUserNamespace(pod: Pod, mode: UserNamespaceMode): boolean {
  const asked = pod.spec?.hostUsers;
  // As the node's policy reads it: nothing but `true` asks for the host's.
  if (asked === true || asked === false) return !asked;
  return mode === "unless-host-users" && pod.spec !== undefined && !needsHostUsers(pod.spec);
}

/** The host's ids of a pod's namespace. */
export const mappings = (firstHostId: number): readonly CriIdMapping[] => [
  { hostId: firstHostId, containerId: 0, length: rangeLength },
];

/** The lowest free range of the ones given to this instance; undefined when all are taken. */
export function freeRange(first: number, count: number, taken: ReadonlySet<number>): number | undefined {
  for (let index = 0; index < count; index++) {
    const id = first + index * rangeLength;
    if (!taken.has(id)) return id;
  }
  return undefined;
}
