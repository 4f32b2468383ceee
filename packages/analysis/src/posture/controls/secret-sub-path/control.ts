import { workloadControl } from "../../control.ts";

export const secretSubPath = workloadControl({
  id: "secret-sub-path",
  title: "Mounted Secrets follow their changes",
  area: "secrets",
  attack:
    "A changed Secret reaches a mounted volume within a minute or two, but never a mount by subPath, which keeps the file as it was when the container started. After a leak the operator rotates the password and believes it gone, while containers keep and need the old one. So the leaked one stays valid, for whoever has it, until every pod was restarted.",
  severity: "low",
  severityBecause: "it only delays a rotation, which a restart of the pods completes",
  frameworks: { nsa: ["secrets"], attack: ["T1078"], owasp: ["K03:2025"], pci: ["8.6.3"] },
  check: ({ spec, containers }) => {
    const secrets = new Map(
      (spec.volumes ?? []).flatMap(({ name, secret }) =>
        secret === undefined ? [] : [[name, secret.secretName ?? ""]],
      ),
    );
    return containers
      .filter(({ role }) => role === "main" || role === "sidecar")
      .flatMap(({ container, name, field }) =>
        (container.volumeMounts ?? []).flatMap(({ name: volume, subPath, subPathExpr, mountPath }, index) =>
          secrets.has(volume) && ((subPath ?? "") !== "" || (subPathExpr ?? "") !== "")
            ? [
                {
                  field: `${field}.volumeMounts[${index}].${(subPath ?? "") === "" ? "subPathExpr" : "subPath"}`,
                  key: `${name} ${mountPath}`,
                  says: `container ${name} keeps ${mountPath} as Secret ${secrets.get(volume)} was at its start`,
                },
              ]
            : [],
        ),
      );
  },
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "mounting the whole Secret over the folder would hide the image's files in it",
    how: `mount the Secret on a folder of its own without subPath and let the program read ${breach.key?.split(" ")[1] ?? "the file"} from there`,
  }),
});
