import type { LifecycleHandler, Probe, SELinuxOptions } from "@bulkhead/api";
import { goQuote } from "@bulkhead/api";
import type { Check } from "./check.ts";
import {
  containersOf,
  containersSay,
  type Finding,
  hasUserNamespace,
  type JudgedPod,
  namesOf,
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

const capabilities: Check = {
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

const hostNamespaces: Check = {
  id: "hostNamespaces",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ spec }) =>
        (["hostNetwork", "hostPID", "hostIPC"] as const)
          .filter((name) => spec[name] === true)
          .map((value) => ({ field: `spec.${value}`, setter: "pod", name: "", value, passing: "false" })),
    },
  ],
  reason: () => "host namespaces",
  detail: (f) => f.map(({ value }) => `${value}=true`).join(", "),
};

const hostPathVolumes: Check = {
  id: "hostPathVolumes",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ spec }) =>
        (spec.volumes ?? []).flatMap((volume, i): Finding[] =>
          volume.hostPath === undefined
            ? []
            : [
                {
                  field: `spec.volumes[${i}].hostPath`,
                  setter: "volume",
                  name: volume.name,
                  value: volume.hostPath.path,
                  passing: "null",
                },
              ],
        ),
    },
  ],
  reason: () => "hostPath volumes",
  detail: (f) => `${plural("volume", "volumes", namesOf(f, "volume").length)} ${quote(namesOf(f, "volume"))}`,
};

const hostPorts: Check = {
  id: "hostPorts",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ spec }) =>
        [...containersOf(spec)].flatMap(([c, path]) =>
          (c.ports ?? []).flatMap((port, i): Finding[] =>
            (port.hostPort ?? 0) === 0
              ? []
              : [
                  {
                    field: `${path}.ports[${i}].hostPort`,
                    setter: "container",
                    name: c.name,
                    value: `${port.hostPort}`,
                    passing: "0",
                  },
                ],
          ),
        ),
    },
  ],
  reason: () => "hostPort",
  detail: (f) => {
    const [names, ports] = [namesOf(f, "container"), valuesOf(f)];
    return `${containersSay(f)} ${plural("uses", "use", names.length)} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}`;
  },
};

type Handler = Probe | LifecycleHandler | undefined;

const hostProbes: Check = {
  id: "hostProbesAndHostLifecycle",
  level: "baseline",
  versions: [
    {
      since: 34,
      find: ({ spec }) =>
        [...containersOf(spec)].flatMap(([c, path]) => {
          const handlers: readonly [string, Handler][] = [
            ["livenessProbe", c.livenessProbe],
            ["readinessProbe", c.readinessProbe],
            ["startupProbe", c.startupProbe],
            ["lifecycle.postStart", c.lifecycle?.postStart],
            ["lifecycle.preStop", c.lifecycle?.preStop],
          ];
          return handlers.flatMap(([at, handler]) =>
            (["httpGet", "tcpSocket"] as const).flatMap((action): Finding[] => {
              const value = handler?.[action]?.host ?? "";
              const field = `${path}.${at}.${action}.host`;
              return value === "" ? [] : [{ field, setter: "container", name: c.name, value, passing: '""' }];
            }),
          );
        }),
    },
  ],
  reason: () => "probe or lifecycle host",
  detail: (f) => {
    const names = namesOf(f, "container").sort();
    const hosts = valuesOf(f);
    return `${plural("container", "containers", names.length)} ${quote(names)} ${plural("uses", "use", names.length)} ${plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length)} ${quote(hosts)}`;
  },
};

const privileged: Check = {
  id: "privileged",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ spec }) =>
        [...containersOf(spec)].flatMap(([c, path]): Finding[] =>
          c.securityContext?.privileged === true
            ? [{ field: `${path}.securityContext.privileged`, setter: "container", name: c.name, passing: "false" }]
            : [],
        ),
    },
  ],
  reason: () => "privileged",
  detail: (f) => `${containersSay(f)} must not set securityContext.privileged=true`,
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

const procMount: Check = {
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

const seLinux = (...more: string[]) => {
  const allowed = new Set(["", "container_t", "container_init_t", "container_kvm_t", ...more]);
  const findIn = (
    options: SELinuxOptions | undefined,
    path: string,
    setter: "pod" | "container",
    name: string,
  ): Finding[] => {
    const at = `${path}.securityContext.seLinuxOptions`;
    const found: Finding[] = [];
    const { type = "", user = "", role = "" } = options ?? {};
    if (!allowed.has(type))
      found.push({ field: `${at}.type`, setter, name, value: type, kind: "type", passing: "container_t" });
    if (user !== "") found.push({ field: `${at}.user`, setter, name, value: user, kind: "user", passing: '""' });
    if (role !== "") found.push({ field: `${at}.role`, setter, name, value: role, kind: "role", passing: '""' });
    return found;
  };
  return ({ spec }: JudgedPod): Finding[] => [
    ...findIn(spec.securityContext?.seLinuxOptions, "spec", "pod", ""),
    ...[...containersOf(spec)].flatMap(([c, path]) =>
      findIn(c.securityContext?.seLinuxOptions, path, "container", c.name),
    ),
  ];
};

const seLinuxOptions: Check = {
  id: "seLinuxOptions",
  level: "baseline",
  versions: [
    { since: 0, find: seLinux() },
    { since: 31, find: seLinux("container_engine_t") },
  ],
  reason: () => "seLinuxOptions",
  detail: (f) => {
    const types = [...new Set(f.filter((x) => x.kind === "type").map((x) => x.value ?? ""))].sort();
    const bad = types.length === 0 ? [] : [`${plural("type", "types", types.length)} ${quote(types)}`];
    for (const kind of ["user", "role"]) if (f.some((x) => x.kind === kind)) bad.push(`${kind} may not be set`);
    return `${settersSay(f)} set forbidden securityContext.seLinuxOptions: ${bad.join("; ")}`;
  },
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

const sysctls: Check = {
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

const windowsHostProcess: Check = {
  id: "windowsHostProcess",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ spec }) => {
        const at = "securityContext.windowsOptions.hostProcess";
        const found: Finding[] = [];
        if (spec.securityContext?.windowsOptions?.hostProcess === true)
          found.push({ field: `spec.${at}`, setter: "pod", name: "", passing: "false" });
        for (const [c, path] of containersOf(spec)) {
          if (c.securityContext?.windowsOptions?.hostProcess === true)
            found.push({ field: `${path}.${at}`, setter: "container", name: c.name, passing: "false" });
        }
        return found;
      },
    },
  ],
  reason: () => "hostProcess",
  detail: (f) => `${settersSay(f)} must not set securityContext.windowsOptions.hostProcess=true`,
};

const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";
const allowedProfile = (type: string | undefined): boolean => type === "RuntimeDefault" || type === "Localhost";

const appArmorProfile: Check = {
  id: "appArmorProfile",
  level: "baseline",
  versions: [
    {
      since: 0,
      find: ({ metadata, spec }) => {
        const found: Finding[] = [];
        const at = "securityContext.appArmorProfile.type";
        const profile = spec.securityContext?.appArmorProfile;
        if (profile !== undefined && !allowedProfile(profile.type)) {
          found.push({ field: `spec.${at}`, setter: "pod", name: "", value: profile.type, passing: "RuntimeDefault" });
        }
        for (const [c, path] of containersOf(spec)) {
          const own = c.securityContext?.appArmorProfile;
          if (own === undefined || allowedProfile(own.type)) continue;
          found.push({
            field: `${path}.${at}`,
            setter: "container",
            name: c.name,
            value: own.type,
            passing: "RuntimeDefault",
          });
        }
        for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
          if (
            !key.startsWith(appArmorAnnotation) ||
            value === "" ||
            value === "runtime/default" ||
            value.startsWith("localhost/")
          )
            continue;
          found.push({
            field: `metadata.annotations[${key}]`,
            setter: "annotation",
            name: key,
            value,
            passing: "runtime/default",
          });
        }
        return found;
      },
    },
  ],
  reason: (f) => plural("forbidden AppArmor profile", "forbidden AppArmor profiles", appArmorValues(f).length),
  detail: (f) => {
    const annotations = namesOf(f, "annotation");
    const setters = [
      settersSay(f),
      ...(annotations.length === 0 ? [] : [plural("annotation", "annotations", annotations.length)]),
    ];
    return `${setters.filter((s) => s !== "").join(" and ")} must not set AppArmor profile type to ${quote(appArmorValues(f))}`;
  },
};

const appArmorValues = (f: readonly Finding[]): string[] => [
  ...valuesOf(f.filter((x) => x.setter !== "annotation")),
  ...f
    .filter((x) => x.setter === "annotation")
    .map((x) => `${x.name}=${goQuote(x.value ?? "")}`)
    .sort(),
];

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

const seccompProfile: Check = {
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

/** The baseline standard, in the order in which upstream tells its violations. */
export const baselineChecks: readonly Check[] = [
  appArmorProfile,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile,
  sysctls,
  windowsHostProcess,
];
