import { goQuote } from "@bulkhead/api";
import type { Check } from "./check.ts";
import {
  containersOf,
  containersSay,
  type Finding,
  hasUserNamespace,
  type JudgedPod,
  plural,
  quote,
  settersSay,
  valuesOf,
} from "./finding.ts";
import { allowedSeccomp } from "./seccomp.ts";

const defaultCapabilities = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

export const capabilities: Check = {
  id: "capabilities_baseline",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ spec }) =>
        [...containersOf(spec)].flatMap(([c, path]) =>
          (c.securityContext?.capabilities?.add ?? [])
            .filter((name) => !defaultCapabilities.has(name))
            .map(
              (value): Finding => ({
                field: `${path}.securityContext.capabilities.add`,
                setter: "container",
                name: c.name,
                value,
                passing: `[${(c.securityContext?.capabilities?.add ?? []).filter((n) => defaultCapabilities.has(n)).join(", ")}]`,
              }),
            ),
        ),
    },
  ],
  reason: () => "non-default capabilities",
  detail: (f) => `${containersSay(f)} must not include ${quote(valuesOf(f))} in securityContext.capabilities.add`,
};

const unmaskedProc = ({ spec }: JudgedPod): Finding[] =>
  [...containersOf(spec)].flatMap(([c, path]): Finding[] => {
    const value = c.securityContext?.procMount;
    if (value === undefined || value === "Default") return [];
    return [
      { field: `${path}.securityContext.procMount`, setter: "container", name: c.name, value, passing: "Default" },
    ];
  });

const procMountSays = {
  reason: () => "procMount",
  detail: (f: readonly Finding[]) =>
    `${containersSay(f)} must not set securityContext.procMount to ${quote(valuesOf(f))}`,
};

export const procMount: Check = {
  id: "procMount",
  level: "baseline",
  versions: [
    { since: 0, find: unmaskedProc },
    { since: 35, find: (pod) => (hasUserNamespace(pod.spec) ? [] : unmaskedProc(pod)) },
  ],
  ...procMountSays,
};

/** The restricted level forbids it in user namespaces too. */
export const procMountRestricted: Check = {
  id: "procMount_restricted",
  level: "restricted",
  overrides: "procMount",
  versions: [{ since: 35, find: unmaskedProc }],
  ...procMountSays,
};

const safeSysctls = (...names: string[]) => {
  const allowed = new Set(names);
  return ({ spec }: JudgedPod): Finding[] =>
    (spec.securityContext?.sysctls ?? []).flatMap((sysctl, i): Finding[] =>
      allowed.has(sysctl.name)
        ? []
        : [
            {
              field: `spec.securityContext.sysctls[${i}].name`,
              setter: "pod",
              name: "",
              value: sysctl.name,
              passing: `one of ${[...allowed].join(", ")}`,
            },
          ],
    );
};

const sysctls10 = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];
const sysctls27 = [...sysctls10, "net.ipv4.ip_local_reserved_ports"];
const sysctls29 = [
  ...sysctls27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const sysctls32 = [...sysctls29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];

export const sysctls: Check = {
  id: "sysctls",
  level: "baseline",
  versions: [
    { since: 0, find: safeSysctls(...sysctls10) },
    { since: 27, find: safeSysctls(...sysctls27) },
    { since: 29, find: safeSysctls(...sysctls29) },
    { since: 32, find: safeSysctls(...sysctls32) },
  ],
  reason: () => "forbidden sysctls",
  detail: (f) => f.map(({ value }) => value).join(", "),
};

const seccompAnnotations = ({ metadata, spec }: JudgedPod): Finding[] => {
  const allowed = (value: string): boolean =>
    value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");
  const keys = [
    "seccomp.security.alpha.kubernetes.io/pod",
    ...[...containersOf(spec)].map(([c]) => `container.seccomp.security.alpha.kubernetes.io/${c.name}`),
  ];
  return keys.flatMap((key): Finding[] => {
    const value = metadata.annotations?.[key];
    if (value === undefined || allowed(value)) return [];
    return [
      { field: `metadata.annotations[${key}]`, setter: "annotation", name: key, value, passing: "runtime/default" },
    ];
  });
};

const seccompFields = ({ spec }: JudgedPod): Finding[] => {
  const found: Finding[] = [];
  const at = "securityContext.seccompProfile.type";
  const profile = spec.securityContext?.seccompProfile;
  if (profile !== undefined && !allowedSeccomp(profile))
    found.push({ field: `spec.${at}`, setter: "pod", name: "", value: profile.type, passing: "RuntimeDefault" });
  for (const [c, path] of containersOf(spec)) {
    const own = c.securityContext?.seccompProfile;
    if (own !== undefined && !allowedSeccomp(own))
      found.push({
        field: `${path}.${at}`,
        setter: "container",
        name: c.name,
        value: own.type,
        passing: "RuntimeDefault",
      });
  }
  return found;
};

export const seccompProfile: Check = {
  id: "seccompProfile_baseline",
  level: "baseline",
  versions: [
    { since: 0, find: seccompAnnotations },
    { since: 19, find: seccompFields },
  ],
  reason: () => "seccompProfile",
  detail: (f) => {
    const annotations = f
      .filter((x) => x.setter === "annotation")
      .map((x) => `${x.name}=${goQuote(x.value ?? "")}`)
      .sort();
    if (annotations.length > 0)
      return `forbidden ${plural("annotation", "annotations", annotations.length)} ${annotations.join(", ")}`;
    return `${settersSay(f)} must not set securityContext.seccompProfile.type to ${quote(valuesOf(f))}`;
  },
};
