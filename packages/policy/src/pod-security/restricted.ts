import type { Volume } from "@bulkhead/api";
import type { Check } from "./check.ts";
import {
  containersOf,
  containersSay,
  type Finding,
  hasUserNamespace,
  isWindows,
  type JudgedPod,
  namesOf,
  plural,
  quote,
  settersSay,
  valuesOf,
} from "./finding.ts";
import { procMountRestricted } from "./kernel-checks.ts";
import { allowedSeccomp } from "./seccomp.ts";

type Find = (pod: JudgedPod) => Finding[];

/** From 1.25 on pods for Windows are left out. */
const exceptWindows =
  (find: Find): Find =>
  (pod) =>
    isWindows(pod.spec) ? [] : find(pod);

/** From 1.35 on pods in a user namespace are left out. */
const exceptUserNamespaces =
  (find: Find): Find =>
  (pod) =>
    hasUserNamespace(pod.spec) ? [] : find(pod);

const escalating: Find = ({ spec }) =>
  [...containersOf(spec)].flatMap(([c, path]): Finding[] => {
    const set = c.securityContext?.allowPrivilegeEscalation;
    if (set === false) return [];
    return [
      {
        field: `${path}.securityContext.allowPrivilegeEscalation`,
        setter: "container",
        name: c.name,
        passing: "false",
        ...(set === undefined ? { missing: true } : {}),
      },
    ];
  });

const allowPrivilegeEscalation: Check = {
  id: "allowPrivilegeEscalation",
  level: "restricted",
  versions: [
    { since: 8, find: escalating },
    { since: 25, find: exceptWindows(escalating) },
  ],
  reason: () => "allowPrivilegeEscalation != false",
  detail: (f) => `${containersSay(f)} must set securityContext.allowPrivilegeEscalation=false`,
};

const keptCapabilities: Find = ({ spec }) =>
  [...containersOf(spec)].flatMap(([c, path]) => {
    const { add = [], drop = [] } = c.securityContext?.capabilities ?? {};
    const at = `${path}.securityContext.capabilities`;
    const found: Finding[] = [];
    if (!drop.includes("ALL"))
      found.push({ field: `${at}.drop`, setter: "container", name: c.name, passing: "[ALL]", missing: true });
    for (const value of add) {
      if (value === "NET_BIND_SERVICE") continue;
      found.push({
        field: `${at}.add`,
        setter: "container",
        name: c.name,
        value,
        passing: `[${add.filter((n) => n === "NET_BIND_SERVICE").join(", ")}]`,
      });
    }
    return found;
  });

const capabilities: Check = {
  id: "capabilities_restricted",
  level: "restricted",
  overrides: "capabilities_baseline",
  versions: [
    { since: 22, find: keptCapabilities },
    { since: 25, find: exceptWindows(keptCapabilities) },
  ],
  reason: () => "unrestricted capabilities",
  detail: (f) => {
    const [missing, added] = [f.filter((x) => x.missing), f.filter((x) => !x.missing)];
    const parts: string[] = [];
    if (missing.length > 0) parts.push(`${containersSay(missing)} must set securityContext.capabilities.drop=["ALL"]`);
    if (added.length > 0)
      parts.push(
        `${containersSay(added)} must not include ${quote(valuesOf(added))} in securityContext.capabilities.add`,
      );
    return parts.join("; ");
  },
};

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const;

/** The source of a volume, by the name of its field. */
function volumeType(volume: Volume): string {
  for (const [key, value] of Object.entries(volume))
    if (key !== "name" && value !== undefined && value !== null) return key;
  return "unknown";
}

const restrictedVolumes: Check = {
  id: "restrictedVolumes",
  level: "restricted",
  overrides: "hostPathVolumes",
  versions: [
    {
      since: 0,
      find: ({ spec }) =>
        (spec.volumes ?? []).flatMap((volume, i): Finding[] => {
          if (allowedVolumes.some((type) => volume[type] !== undefined && volume[type] !== null)) return [];
          const kind = volumeType(volume);
          const field = kind === "unknown" ? `spec.volumes[${i}]` : `spec.volumes[${i}].${kind}`;
          return [
            {
              field,
              setter: "volume",
              name: volume.name,
              kind,
              value: volume.hostPath?.path ?? kind,
              passing: `one of ${allowedVolumes.join(", ")}`,
            },
          ];
        }),
    },
  ],
  reason: () => "restricted volume types",
  detail: (f) => {
    const [names, types] = [namesOf(f, "volume"), valuesOf(f)];
    return `${plural("volume", "volumes", names.length)} ${quote(names)} ${plural("uses", "use", names.length)} ${plural("restricted volume type", "restricted volume types", types.length)} ${quote(types)}`;
  },
};

const rootPossible: Find = ({ spec }) => {
  const pod = spec.securityContext?.runAsNonRoot;
  const found: Finding[] = [];
  if (pod === false)
    found.push({ field: "spec.securityContext.runAsNonRoot", setter: "pod", name: "", passing: "true" });
  for (const [c, path] of containersOf(spec)) {
    const own = c.securityContext?.runAsNonRoot;
    if (own === true || (own === undefined && pod === true)) continue;
    const finding: Finding = {
      field: `${path}.securityContext.runAsNonRoot`,
      setter: "container",
      name: c.name,
      passing: "true",
    };
    found.push(own === undefined ? { ...finding, missing: true } : finding);
  }
  return found;
};

const runAsNonRoot: Check = {
  id: "runAsNonRoot",
  level: "restricted",
  versions: [
    { since: 0, find: rootPossible },
    { since: 35, find: exceptUserNamespaces(rootPossible) },
  ],
  reason: () => "runAsNonRoot != true",
  detail: (f) => {
    const explicit = f.filter((x) => !x.missing);
    return explicit.length > 0
      ? `${settersSay(explicit)} must not set securityContext.runAsNonRoot=false`
      : `pod or ${containersSay(f)} must set securityContext.runAsNonRoot=true`;
  },
};

const rootAsked: Find = ({ spec }) => {
  const found: Finding[] = [];
  if (spec.securityContext?.runAsUser === 0)
    found.push({ field: "spec.securityContext.runAsUser", setter: "pod", name: "", passing: "1000" });
  for (const [c, path] of containersOf(spec)) {
    if (c.securityContext?.runAsUser === 0)
      found.push({ field: `${path}.securityContext.runAsUser`, setter: "container", name: c.name, passing: "1000" });
  }
  return found;
};

const runAsUser: Check = {
  id: "runAsUser",
  level: "restricted",
  versions: [
    { since: 23, find: rootAsked },
    { since: 35, find: exceptUserNamespaces(rootAsked) },
  ],
  reason: () => "runAsUser=0",
  detail: (f) => `${settersSay(f)} must not set runAsUser=0`,
};

const unconfined: Find = ({ spec }) => {
  const at = "securityContext.seccompProfile.type";
  const pod = spec.securityContext?.seccompProfile;
  const podSet = pod !== undefined && allowedSeccomp(pod);
  const found: Finding[] = [];
  if (pod !== undefined && !podSet)
    found.push({ field: `spec.${at}`, setter: "pod", name: "", value: pod.type, passing: "RuntimeDefault" });
  for (const [c, path] of containersOf(spec)) {
    const own = c.securityContext?.seccompProfile;
    const finding = { field: `${path}.${at}`, setter: "container", name: c.name, passing: "RuntimeDefault" } as const;
    if (own === undefined ? !podSet : !allowedSeccomp(own))
      found.push(own === undefined ? { ...finding, missing: true } : { ...finding, value: own.type });
  }
  return found;
};

const seccompProfile: Check = {
  id: "seccompProfile_restricted",
  level: "restricted",
  overrides: "seccompProfile_baseline",
  versions: [
    { since: 19, find: unconfined },
    { since: 25, find: exceptWindows(unconfined) },
  ],
  reason: () => "seccompProfile",
  detail: (f) => {
    const explicit = f.filter((x) => !x.missing);
    return explicit.length > 0
      ? `${settersSay(explicit)} must not set securityContext.seccompProfile.type to ${quote(valuesOf(explicit))}`
      : `pod or ${containersSay(f)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  },
};

/** What the restricted standard adds to baseline, in the order in which upstream tells its violations. */
export const restrictedChecks: readonly Check[] = [
  allowPrivilegeEscalation,
  capabilities,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfile,
];
