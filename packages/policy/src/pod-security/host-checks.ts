import type { LifecycleHandler, Probe } from "@bulkhead/api";
import type { Check } from "./check.ts";
import { containersOf, containersSay, type Finding, namesOf, plural, quote, settersSay, valuesOf } from "./finding.ts";

export const hostNamespaces: Check = {
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

export const hostPathVolumes: Check = {
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

export const hostPorts: Check = {
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

export const hostProbes: Check = {
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

export const privileged: Check = {
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

export const windowsHostProcess: Check = {
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
