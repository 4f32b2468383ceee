/** A socket, its mode and its group's number, and whether others may pass all folders above it. */
export interface RuntimeSocket {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly reachable: boolean;
}

/** Where runtimes put their sockets; an instance's own lies in its folder. */
export const runtimeSockets = [
  "/run/containerd/containerd.sock",
  "/run/docker.sock",
  "/run/crio/crio.sock",
  "/run/podman/podman.sock",
];

/** Groups of /etc/group by number, with their members. */
export function groupsFrom(
  text: string,
): ReadonlyMap<number, { readonly name: string; readonly members: readonly string[] }> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const [name = "", , gid, members = ""] = line.split(":");
      return gid === undefined ? [] : [[Number(gid), { name, members: members.split(",").filter((m) => m !== "") }]];
    }),
  );
}

/** Those that someone besides root may write to, which is to be root: everyone, or a group that has members. */
export const openSockets = (
  sockets: readonly RuntimeSocket[],
  groups: ReturnType<typeof groupsFrom>,
): readonly string[] =>
  sockets.flatMap(({ path, mode, uid, gid, reachable }) => {
    const group = groups.get(gid);
    if ((mode & 0o002) !== 0 && reachable) return [`${path} (everyone)`];
    if (uid !== 0) return [`${path} (user ${uid})`];
    return (mode & 0o020) !== 0 && gid !== 0 && (group?.members.length ?? 0) > 0
      ? [`${path} (group ${group?.name ?? gid}: ${group?.members.join(", ")})`]
      : [];
  });
