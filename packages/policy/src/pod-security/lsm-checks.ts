import { goQuote, type SELinuxOptions } from "@bulkhead/api";
import type { Check } from "./check.ts";
import { containersOf, type Finding, type JudgedPod, namesOf, plural, quote, settersSay, valuesOf } from "./finding.ts";

const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";
const allowedProfile = (type: string | undefined): boolean => type === "RuntimeDefault" || type === "Localhost";

export const appArmorProfile: Check = {
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

export const seLinuxOptions: Check = {
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
