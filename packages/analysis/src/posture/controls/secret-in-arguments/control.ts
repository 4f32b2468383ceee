import type { Container } from "@bulkhead/api";
import { couldBeSecret, credentialIn, namesSecret } from "../../../deciders/secret-values.ts";
import { workloadControl } from "../../control.ts";

interface Line {
  readonly field: string;
  readonly key: string;
  readonly words: readonly string[];
}

function linesOf(container: Container): readonly Line[] {
  const probes = (["livenessProbe", "readinessProbe", "startupProbe"] as const).map(
    (name) => [name, container[name]?.exec?.command] as const,
  );
  const hooks = (["postStart", "preStop"] as const).map(
    (name) => [`lifecycle.${name}`, container.lifecycle?.[name]?.exec?.command] as const,
  );
  return [
    { field: "command", key: "command", words: container.command ?? [] },
    { field: "args", key: "args", words: container.args ?? [] },
    ...[...probes, ...hooks].map(([at, words]) => ({ field: `${at}.exec.command`, key: at, words: words ?? [] })),
  ];
}

/** `--db-password=x`, `--token x`, `PGPASSWORD=x psql`, in words or in a script. */
function secretIn(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const form = credentialIn(word);
    if (form !== undefined) return form;
    const flag = /^--?([A-Za-z][\w.-]*)$/.exec(word)?.[1];
    const next = words[index + 1] ?? "";
    if (flag !== undefined && namesSecret(flag) && !next.startsWith("-") && couldBeSecret(next))
      return `the value of ${word}`;
    for (const [, name = "", , value = ""] of word.matchAll(
      /(?:^|[\s;&|])-{0,2}([A-Za-z][\w.-]*)=(["']?)([^\s"';&|]+)\2/g,
    ))
      if (namesSecret(name) && couldBeSecret(value) && !value.startsWith("$")) return `the value of ${name}`;
  }
  return undefined;
}

export const secretInArguments = workloadControl({
  id: "secret-in-arguments",
  title: "Commands and probes carry no secrets",
  area: "secrets",
  attack:
    "A password on a command line stands in the manifest and in the process list of the pod and of its node. Everyone who may read workloads, and every process that shares the list, sees it; monitoring and crash reports carry it further. An attacker reads it without touching a Secret.",
  severity: "high",
  severityBecause: "a working credential is shown to all readers of workloads and to all who list processes",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    nist: ["4.1.4"],
    pci: ["8.6.2"],
  },
  check: ({ containers }) =>
    containers.flatMap(({ container, name, field }) => [
      ...linesOf(container).flatMap((line) => {
        const what = secretIn(line.words);
        return what === undefined
          ? []
          : [
              {
                field: `${field}.${line.field}`,
                key: `${name} ${line.key}`,
                says: `${line.field} of container ${name} holds ${what} in clear`,
              },
            ];
      }),
      ...(["livenessProbe", "readinessProbe", "startupProbe"] as const).flatMap((probe) =>
        (container[probe]?.httpGet?.httpHeaders ?? []).flatMap((header, index) =>
          (/^(authorization|proxy-authorization|cookie)$/i.test(header.name) || namesSecret(header.name)) &&
          couldBeSecret(header.value)
            ? [
                {
                  field: `${field}.${probe}.httpGet.httpHeaders[${index}]`,
                  key: `${name} ${probe} ${header.name}`,
                  says: `${probe} of container ${name} sends the header ${header.name} with a credential in clear`,
                },
              ]
            : [],
        ),
      ),
    ]),
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "which other way the program takes it (a file, a variable) cannot be seen from the objects",
    how: `put a new value into a Secret and mount it, let ${breach.field} name the file or $(VARIABLE), and revoke the old value; a probe can ask an endpoint that needs no credential`,
  }),
});
