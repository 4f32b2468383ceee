import { join } from "node:path";
import { plainName } from "../config/plain-name.ts";

/**
 * Where a pod's things lie; a name that is no plain one is refused, for a pod's names come from the API (ConfigError).
 * Every folder is 0700, root's: nothing in it can be reached past it. */
export interface PodFolders {
  readonly pod: string;
  /** Holds the first id of the pod's user namespace; its presence reserves the range. */
  readonly userRange: string;
  /** A small tmpfs for the files that containers may write on the host: hosts, resolv.conf, last words. */
  readonly bounded: string;
  /** A tmpfs, without swap where the kernel can, for secrets, tokens, config. */
  readonly files: string;
  readonly volume: (name: string) => string;
  readonly filesVolume: (name: string) => string;
  readonly hostPath: (name: string) => string;
  readonly subPath: (container: string, index: number) => string;
  readonly subPaths: string;
  readonly lastWords: (container: string, attempt: number) => string;
}

export const podsFolder = (root: string): string => join(root, "pods");

export function podFolders(root: string, uid: string): PodFolders {
  const pod = join(podsFolder(root), plainName(uid));
  return {
    pod,
    userRange: join(pod, "user-range"),
    bounded: join(pod, "bounded"),
    files: join(pod, "files"),
    volume: (name) => join(pod, "volumes", plainName(name)),
    filesVolume: (name) => join(pod, "files", plainName(name)),
    hostPath: (name) => join(pod, "host-paths", plainName(name)),
    subPath: (container, index) => join(pod, "sub-paths", plainName(container), String(index)),
    subPaths: join(pod, "sub-paths"),
    lastWords: (container, attempt) => join(pod, "bounded", `last-words-${plainName(container)}-${attempt}`),
  };
}

export const logsFolder = (root: string): string => join(root, "logs");

/** `NAMESPACE_NAME_UID`, as log collectors expect below /var/log/pods. */
export const podLogFolder = (root: string, pod: { namespace: string; name: string; uid: string }): string =>
  join(logsFolder(root), `${plainName(pod.namespace)}_${plainName(pod.name)}_${plainName(pod.uid)}`);
