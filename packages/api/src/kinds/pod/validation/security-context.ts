import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type {
  AppArmorProfile,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
  WindowsSecurityContextOptions,
} from "../../../generated/types.ts";
import { isDNS1123Subdomain, rangeError } from "../../../name-validation.ts";
import { internalForm } from "../../internal-form.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { checkDescendingPath } from "./file-paths.ts";

/** Kubernetes' bound of user and group numbers; a number past it would wrap to another user. */
const maxId = 2 ** 31 - 1;

function checkId(errors: FieldError[], path: string, id: number | undefined): void {
  if (id !== undefined && (id < 0 || id > maxId)) errors.push(field.invalid(path, id, rangeError(0, maxId)));
}

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];

function checkSeccomp(errors: FieldError[], path: string, profile: SeccompProfile | undefined): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (type === "") errors.push(field.required(`${path}.type`, "type is required when seccompProfile is set"));
  else errors.push(...oneOfErrors(`${path}.type`, type, profileTypes));
  const at = `${path}.localhostProfile`;
  if (type === "Localhost") {
    if (localhostProfile === undefined) {
      errors.push(field.required(at, "must be set when seccomp type is Localhost"));
    } else checkDescendingPath(errors, at, localhostProfile);
  } else if (localhostProfile !== undefined) {
    const shown = internalForm("SeccompProfile", profile);
    errors.push(field.invalid(at, shown, "can only be set when seccomp type is Localhost"));
  }
}

const maxProfilePath = 4095;

function checkAppArmor(errors: FieldError[], path: string, profile: AppArmorProfile | undefined): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  if (type === "") {
    errors.push(field.required(`${path}.type`, "type is required when appArmorProfile is set"));
    return;
  }
  if (type !== "Localhost") {
    errors.push(...oneOfErrors(`${path}.type`, type, profileTypes));
    if (localhostProfile !== undefined && profileTypes.includes(type)) {
      errors.push(field.invalid(at, localhostProfile, "can only be set when AppArmor type is Localhost"));
    }
    return;
  }
  if (localhostProfile === undefined || localhostProfile === "") {
    errors.push(field.required(at, "must be set when AppArmor type is Localhost"));
    return;
  }
  if (localhostProfile.trim() !== localhostProfile) {
    errors.push(field.invalid(at, localhostProfile, "must not be padded with whitespace"));
  }
  if (Buffer.byteLength(localhostProfile) > maxProfilePath) errors.push(field.tooLong(at, maxProfilePath));
}

const maxCredentialKiB = 64;

function checkWindowsUser(errors: FieldError[], path: string, name: string): void {
  const bad = (why: string): void => {
    errors.push(field.invalid(path, name, why));
  };
  if (name === "") return bad("runAsUserName cannot be an empty string");
  if (/\p{Cc}/u.test(name)) return bad("runAsUserName cannot contain control characters");
  const parts = name.split("\\");
  if (parts.length > 2) return bad("runAsUserName cannot contain more than one backslash");
  const user = parts.at(-1) ?? "";
  const domain = parts.length === 2 ? (parts[0] ?? "") : undefined;
  if (domain !== undefined) {
    const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/.test(domain);
    const dns =
      /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/.test(
        domain,
      );
    if (domain.length >= 256) bad("runAsUserName's Domain length must be under 256 characters");
    if (!netBios && !dns) bad("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === "") bad("runAsUserName's User cannot be empty");
  else if (user.length > 104) bad("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) bad("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    bad("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  }
}

function checkWindows(errors: FieldError[], path: string, options: WindowsSecurityContextOptions | undefined): void {
  if (options === undefined) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (name !== undefined) {
    for (const m of isDNS1123Subdomain(name)) errors.push(field.invalid(`${path}.gmsaCredentialSpecName`, name, m));
  }
  if (spec === "") {
    errors.push(field.invalid(`${path}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec cannot be an empty string"));
  } else if (spec !== undefined && spec.length > maxCredentialKiB * 1024) {
    const why = `gmsaCredentialSpec size must be under ${maxCredentialKiB} KiB`;
    errors.push(field.invalid(`${path}.gmsaCredentialSpec`, spec, why));
  }
  if (runAsUserName !== undefined) checkWindowsUser(errors, `${path}.runAsUserName`, runAsUserName);
}

/** A container's security context. `hostUsers` says whether the pod shares the host's user namespace. */
export function checkSecurityContext(
  errors: FieldError[],
  path: string,
  context: SecurityContext,
  hostUsers: boolean,
): void {
  checkId(errors, `${path}.runAsUser`, context.runAsUser);
  checkId(errors, `${path}.runAsGroup`, context.runAsGroup);
  const { procMount } = context;
  if (procMount !== undefined) {
    errors.push(...oneOfErrors(`${path}.procMount`, procMount, ["Default", "Unmasked"]));
    if (hostUsers && procMount === "Unmasked") {
      errors.push(field.invalid(`${path}.procMount`, procMount, "`hostUsers` must be false to use `Unmasked`"));
    }
  }
  checkSeccomp(errors, `${path}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) checkNoEscalation(errors, path, context);
  checkWindows(errors, `${path}.windowsOptions`, context.windowsOptions);
  checkAppArmor(errors, `${path}.appArmorProfile`, context.appArmorProfile);
}

function checkNoEscalation(errors: FieldError[], path: string, context: SecurityContext): void {
  const shown = (): unknown => internalForm("SecurityContext", context);
  if (context.privileged === true) {
    const why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
    errors.push(field.invalid(path, shown(), why));
  }
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== "CAP_SYS_ADMIN") continue;
    const why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
    errors.push(field.invalid(path, shown(), why));
  }
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const maxSysctlName = 253;

/** The namespace whose a sysctl is, where it has one. */
function sysctlNamespace(name: string): "net" | "ipc" | undefined {
  const dotted = name.replaceAll("/", ".");
  if (dotted.startsWith("net.")) return "net";
  const ipc = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];
  return ipc.some((prefix) => dotted.startsWith(prefix)) ? "ipc" : undefined;
}

function checkSysctls(errors: FieldError[], path: string, sysctls: readonly Sysctl[], spec: PodSpec): void {
  const seen = new Set<string>();
  for (const [index, { name }] of sysctls.entries()) {
    const at = `${field.index(path, index)}.name`;
    if (name === "") errors.push(field.required(at));
    else if (Buffer.byteLength(name) > maxSysctlName || !sysctlName.test(name)) {
      const regex = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
      errors.push(field.invalid(at, name, `must have at most ${maxSysctlName} characters and match regex ${regex}`));
    } else if (seen.has(name)) errors.push(field.duplicate(at, name));
    seen.add(name);
    const namespace = sysctlNamespace(name);
    if (namespace === "net" && spec.hostNetwork === true) {
      errors.push(field.invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    }
    if (namespace === "ipc" && spec.hostIPC === true) {
      errors.push(field.invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
  }
}

/** The pod's security context. */
export function checkPodSecurityContext(errors: FieldError[], path: string, spec: PodSpec): void {
  const context = spec.securityContext;
  if (context === undefined) return;
  checkId(errors, `${path}.fsGroup`, context.fsGroup);
  checkId(errors, `${path}.runAsUser`, context.runAsUser);
  checkId(errors, `${path}.runAsGroup`, context.runAsGroup);
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) {
    checkId(errors, field.index(`${path}.supplementalGroups`, index), group);
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const why = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(field.invalid(`${path}.shareProcessNamespace`, true, why));
  }
  if (context.sysctls !== undefined) checkSysctls(errors, `${path}.sysctls`, context.sysctls, spec);
  const { fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context;
  if (fsGroupChangePolicy !== undefined) {
    errors.push(...oneOfErrors(`${path}.fsGroupChangePolicy`, fsGroupChangePolicy, ["Always", "OnRootMismatch"]));
  }
  checkSeccomp(errors, `${path}.seccompProfile`, context.seccompProfile);
  checkWindows(errors, `${path}.windowsOptions`, context.windowsOptions);
  checkAppArmor(errors, `${path}.appArmorProfile`, context.appArmorProfile);
  if (supplementalGroupsPolicy !== undefined) {
    errors.push(...oneOfErrors(`${path}.supplementalGroupsPolicy`, supplementalGroupsPolicy, ["Merge", "Strict"]));
  }
  if (seLinuxChangePolicy !== undefined) {
    errors.push(...oneOfErrors(`${path}.seLinuxChangePolicy`, seLinuxChangePolicy, ["MountOption", "Recursive"]));
  }
}
