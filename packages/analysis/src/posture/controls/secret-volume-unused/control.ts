import { workloadControl } from "../../control.ts";

export const secretVolumeUnused = workloadControl({
  id: "secret-volume-unused",
  title: "Pods hold no Secret that no container mounts",
  area: "secrets",
  attack:
    "A pod that names a Secret among its volumes makes the node fetch it and keep it for as long as the pod lives, mounted or not. An attacker who takes the node's identity reads the Secrets of all pods there. One that no container mounts serves nobody but him.",
  severity: "low",
  severityBecause: "it adds a credential to what a stolen node identity may read, and nothing else",
  frameworks: { nsa: ["secrets"], attack: ["T1552.007"], owasp: ["K03:2025"], pci: ["7.2.1"] },
  check: ({ spec, prefix, containers }) => {
    const mounted = new Set(
      containers.flatMap(({ container }) => (container.volumeMounts ?? []).map(({ name }) => name)),
    );
    return (spec.volumes ?? []).flatMap(({ name, secret }, index) =>
      secret === undefined || mounted.has(name)
        ? []
        : [
            {
              field: `${prefix}spec.volumes[${index}]`,
              key: name,
              says: `no container mounts volume ${name} with Secret ${secret.secretName ?? ""}`,
            },
          ],
    );
  },
  fix: ({ ref }, breach) => ({
    kind: "edits",
    edits: [{ op: "remove", object: ref, field: breach.field }],
    mind: "an operator that injects a container with this mount would miss the volume",
  }),
});
