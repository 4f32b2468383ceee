import { secretUnder } from "../../../deciders/secret-values.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { workloadControl } from "../../control.ts";

const keyFor = (variable: string): string => variable.toLowerCase().replaceAll("_", "-");

export const secretInEnv = workloadControl({
  id: "secret-in-env",
  title: "Environment variables hold no literal secrets",
  area: "secrets",
  attack:
    "A password written into a manifest is readable by everyone who may read workloads, which is nearly everyone, and stands in Git, in charts and in backups. An attacker finds it there with a search for a few words, without any right to read Secrets. It opens what it was made for until somebody changes it, and changing it means a new release.",
  severity: "high",
  severityBecause: "a working credential lies in the open for readers who hold no right to any Secret",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    nist: ["4.1.4"],
    pci: ["8.6.2"],
  },
  check: ({ containers, namespace }, view) =>
    containers.flatMap(({ container, name, field }) =>
      (container.env ?? []).flatMap(({ name: variable, value }, index) => {
        const what = value === undefined ? undefined : secretUnder(variable, value);
        if (what === undefined || value === undefined) return [];
        // The name of a Secret is none.
        if (view.knows(kinds.secret, namespace) && view.get(kinds.secret, namespace, value) !== undefined) return [];
        return [
          {
            field: `${field}.env[${index}].value`,
            key: `${name} ${variable}`,
            says: `variable ${variable} of container ${name} holds ${what} in the manifest itself`,
          },
        ];
      }),
    ),
  fix: ({ ref, containers }, breach) => {
    const [container = "", variable = ""] = (breach.key ?? "").split(" ");
    const secret = `${ref.name}-${container === ref.name ? "" : `${container}-`}secrets`;
    const at = containers.find(({ name }) => name === container);
    const index = (at?.container.env ?? []).findIndex(({ name }) => name === variable);
    return {
      kind: "edits",
      edits: [
        {
          op: "set",
          object: ref,
          field: `${at?.field ?? ""}.env[${index}]`,
          value: { name: variable, valueFrom: { secretKeyRef: { name: secret, key: keyFor(variable) } } },
        },
      ],
      breaks: `the container does not start until Secret ${secret} holds ${keyFor(variable)}: kubectl create secret generic ${secret} -n ${ref.namespace ?? ""} --from-file=${keyFor(variable)}=FILE`,
      mind: "the value that stood here is known by now: put a new one into the Secret and revoke the old one",
    };
  },
});
