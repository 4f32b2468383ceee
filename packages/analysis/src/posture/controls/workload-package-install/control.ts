import { type StartedProgram, startedBy } from "../../../deciders/command-line.ts";
import { workloadControl } from "../../control.ts";

const installs: Readonly<Record<string, readonly string[]>> = {
  apt: ["install", "upgrade", "full-upgrade"],
  "apt-get": ["install", "upgrade", "dist-upgrade"],
  apk: ["add", "upgrade"],
  yum: ["install", "update", "localinstall"],
  dnf: ["install", "upgrade", "update"],
  microdnf: ["install", "upgrade", "update"],
  zypper: ["install", "in", "update"],
  pip: ["install"],
  pip3: ["install"],
  npm: ["install", "i", "ci", "add"],
  yarn: ["install", "add"],
  pnpm: ["install", "i", "add"],
  gem: ["install"],
  go: ["install", "get"],
  cargo: ["install"],
};

function installed({ program, args }: StartedProgram): string | undefined {
  if (/^python3?$/.test(program) && args[0] === "-m" && args[1] === "pip")
    return args.includes("install") ? "pip" : undefined;
  const verbs = installs[program];
  const verb = args.find((word) => !word.startsWith("-"));
  return verbs !== undefined && verb !== undefined && verbs.includes(verb) ? program : undefined;
}

export const workloadPackageInstall = workloadControl({
  id: "workload-package-install",
  title: "No container installs packages when it starts",
  area: "workloads",
  attack:
    "What runs in a container should be what was built, scanned and signed as its image. A package manager called at start fetches whatever version is there on that day, and no scan or signature covers it. A package taken over upstream runs in the next pod that starts, and needs root and a way to the internet to get there.",
  severity: "medium",
  severityBecause: "package indexes are signed or hashed, but what comes in is past every check of the image",
  frameworks: { nsa: ["supply-chain"], owasp: ["K01:2025"], nist: ["4.1.5"] },
  check: ({ containers }) =>
    containers.flatMap((placed) =>
      startedBy(placed).flatMap(({ entry, programs }) => {
        const found = programs.find((one) => installed(one) !== undefined);
        return found === undefined
          ? []
          : [
              {
                field: found.field,
                key: `${placed.name} ${entry}`,
                says: `container ${placed.name} installs packages with ${installed(found) ?? ""} in its ${entry}`,
              },
            ];
      }),
    ),
  fix: (workload) => ({
    kind: "by-hand",
    why: "the packages must come into the image, which is built elsewhere",
    how: `install them in the image of ${workload.ref.name} when it is built, with their versions pinned; then the container can run read-only, without root and without a way to the internet`,
  }),
});
