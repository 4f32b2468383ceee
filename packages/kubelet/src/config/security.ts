import type { Container, EphemeralContainer, Pod, SecurityContext } from "@bulkhead/api";
import {
  type CriNamespaceOption,
  type CriSecurityContext,
  type CriSecurityProfile,
  namespaceMode,
  securityProfileType,
  supplementalGroupsPolicy,
} from "../cri/schema.ts";
import { usesHostNetwork } from "../pod/model.ts";
import { ConfigError } from "./config-error.ts";
import { mappings } from "./user-namespace.ts";

/** The user that an image names: one of both, or none. */
export interface ImageUser {
  readonly uid: number | undefined;
  readonly username: string;
}

export interface SecurityFacts {
  /** First host id of the pod's user namespace; undefined: the host's users. */
  readonly userRange: number | undefined;
  /** The machine's AppArmor is on. */
  readonly apparmor: boolean;
  /** Where Localhost seccomp profiles lie. */
  readonly seccompFolder: string;
}

const defaultMaskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const defaultReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const largestId = 2_147_483_647;

/** The namespaces that a pod's sandbox and containers share. */
export function namespaceOptions(pod: Pod, facts: Pick<SecurityFacts, "userRange">): CriNamespaceOption {
  const { hostPID, hostIPC, shareProcessNamespace } = pod.spec ?? {};
  return {
    network: usesHostNetwork(pod) ? namespaceMode.NODE : namespaceMode.POD,
    pid:
      hostPID === true
        ? namespaceMode.NODE
        : shareProcessNamespace === true
          ? namespaceMode.POD
          : namespaceMode.CONTAINER,
    ipc: hostIPC === true ? namespaceMode.NODE : namespaceMode.POD,
    ...(facts.userRange === undefined
      ? { usernsOptions: { mode: namespaceMode.NODE } }
      : {
          usernsOptions: {
            mode: namespaceMode.POD,
            uids: mappings(facts.userRange),
            gids: mappings(facts.userRange),
          },
        }),
  };
}

/** Seccomp: what is asked for, and the runtime's default where nothing is. An unknown type is refused, never open. */
export function seccompProfile(
  profile: { type: string; localhostProfile?: string | undefined } | undefined,
  folder: string,
): CriSecurityProfile {
  switch (profile?.type) {
    case undefined:
    case "RuntimeDefault":
      return { profileType: securityProfileType.RuntimeDefault };
    case "Unconfined":
      return { profileType: securityProfileType.Unconfined };
    case "Localhost": {
      const name = profile?.localhostProfile ?? "";
      if (name === "" || name.startsWith("/") || name.split("/").includes("..")) {
        throw new ConfigError("BadPath", `seccomp profile "${name}" must be a path below the node's profile folder`);
      }
      return { profileType: securityProfileType.Localhost, localhostRef: `${folder}/${name}` };
    }
    default:
      throw new ConfigError("Unsupported", `seccomp profile type "${String(profile?.type)}" is not known`);
  }
}

function apparmorProfile(
  pod: Pod,
  own: SecurityContext | undefined,
  available: boolean,
): CriSecurityProfile | undefined {
  const profile = own?.appArmorProfile ?? pod.spec?.securityContext?.appArmorProfile;
  if (!available) {
    if (profile !== undefined && profile.type === "Localhost") {
      throw new ConfigError("Unsupported", "this machine has no AppArmor, which the pod's appArmorProfile asks for");
    }
    return undefined;
  }
  switch (profile?.type) {
    case undefined:
    case "RuntimeDefault":
      return { profileType: securityProfileType.RuntimeDefault };
    case "Unconfined":
      return { profileType: securityProfileType.Unconfined };
    case "Localhost":
      return { profileType: securityProfileType.Localhost, localhostRef: profile.localhostProfile ?? "" };
    default:
      throw new ConfigError("Unsupported", `AppArmor profile type "${profile?.type}" is not known`);
  }
}

/**
 * The user a container starts as, judged strictly: an image's user is hostile input, and a number past 2^31 - 1 would
 * wrap around to root in some runtimes (CVE-2024-40635).
 */
export function checkUser(pod: Pod, container: Container | EphemeralContainer, image: ImageUser): void {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const asked = own?.runAsUser ?? shared?.runAsUser;
  const nonRoot = own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false;
  if (asked !== undefined) {
    if (nonRoot && asked === 0) {
      throw new ConfigError("RunAsRoot", "container's runAsUser breaks non-root policy");
    }
    return;
  }
  const numeric = image.uid ?? (/^[+-]?\d+$/.test(image.username) ? Number(image.username) : undefined);
  if (numeric !== undefined && (numeric < 0 || numeric > largestId)) {
    throw new ConfigError("UnknownUser", `image's user ${numeric} is outside of 0 to ${largestId}`);
  }
  if (!nonRoot) return;
  if (numeric === undefined && image.username !== "") {
    throw new ConfigError(
      "UnknownUser",
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root`,
    );
  }
  if (numeric === undefined || numeric === 0) {
    throw new ConfigError("RunAsRoot", "container has runAsNonRoot and image will run as root");
  }
}

const withoutPrefix = (names: readonly string[] | undefined): string[] =>
  (names ?? []).map((name) => name.replace(/^CAP_/, ""));

/** A container's security context as CRI takes it. */
export function containerSecurity(
  pod: Pod,
  container: Container | EphemeralContainer,
  image: ImageUser,
  facts: SecurityFacts,
  target?: string,
): CriSecurityContext {
  checkUser(pod, container, image);
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const privileged = own?.privileged === true;
  const runAsUser = own?.runAsUser ?? shared?.runAsUser;
  const runAsGroup = own?.runAsGroup ?? shared?.runAsGroup;
  const groups = [...(shared?.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared?.supplementalGroups ?? [])];
  const selinux = own?.seLinuxOptions ?? shared?.seLinuxOptions;
  const open = privileged || own?.procMount === "Unmasked";
  const apparmor = privileged ? undefined : apparmorProfile(pod, own, facts.apparmor);
  const namespaces = namespaceOptions(pod, facts);
  return {
    capabilities: {
      addCapabilities: withoutPrefix(own?.capabilities?.add),
      dropCapabilities: withoutPrefix(own?.capabilities?.drop),
    },
    privileged,
    namespaceOptions:
      target === undefined ? namespaces : { ...namespaces, pid: namespaceMode.TARGET, targetId: target },
    ...(selinux === undefined ? {} : { selinuxOptions: selinux }),
    // CRI takes a group only together with a user: the image's stands in.
    ...(runAsUser === undefined
      ? image.uid === undefined
        ? image.username === ""
          ? runAsGroup === undefined
            ? {}
            : { runAsUser: { value: 0 } }
          : { runAsUsername: image.username }
        : { runAsUser: { value: image.uid } }
      : { runAsUser: { value: runAsUser } }),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    supplementalGroups: groups,
    supplementalGroupsPolicy:
      shared?.supplementalGroupsPolicy === "Strict" ? supplementalGroupsPolicy.Strict : supplementalGroupsPolicy.Merge,
    noNewPrivs: !privileged && own?.allowPrivilegeEscalation !== true,
    maskedPaths: open ? [] : defaultMaskedPaths,
    readonlyPaths: open ? [] : defaultReadonlyPaths,
    ...(privileged
      ? {}
      : { seccomp: seccompProfile(own?.seccompProfile ?? shared?.seccompProfile, facts.seccompFolder) }),
    ...(apparmor === undefined ? {} : { apparmor }),
  };
}
