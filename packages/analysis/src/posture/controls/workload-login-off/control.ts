import { flagValue, startedBy } from "../../../deciders/command-line.ts";
import type { Breach } from "../../control.ts";
import { workloadControl } from "../../control.ts";
import { repositoryOf } from "../workload-writable-root/known-writes.ts";

const yes = /^(?:1|true|yes|on)$/i;
const no = /^(?:0|false|no|off)$/i;

/** Variables of well-known programs by which they let anybody in, and their values. */
const variables: Readonly<Record<string, RegExp>> = {
  POSTGRES_HOST_AUTH_METHOD: /^trust$/i,
  MYSQL_ALLOW_EMPTY_PASSWORD: /\S/,
  MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: /\S/,
  MARIADB_ALLOW_EMPTY_PASSWORD: yes,
  ALLOW_EMPTY_PASSWORD: yes,
  ALLOW_ANONYMOUS_LOGIN: yes,
  "xpack.security.enabled": no,
  "plugins.security.disabled": yes,
  DISABLE_SECURITY_PLUGIN: yes,
  NEO4J_AUTH: /^none$/i,
  AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: yes,
  ARGO_SERVER_AUTH_MODE: /^server$/i,
};

interface Words {
  /** The program; or, for arguments of an image's own one, the last part of the image's repository. */
  readonly program: RegExp;
  readonly word: RegExp;
}

/** Arguments of well-known programs by which they let anybody in. */
const words: readonly Words[] = [
  { program: /^(?:redis|valkey|keydb)(?:-server)?$/, word: /^--protected-mode(?:=no)?$/ },
  { program: /^mongod?$/, word: /^--noauth$/ },
  { program: /^(?:mysqld?(?:_safe)?|mariadbd?)$/, word: /^--skip-grant-tables$/ },
  {
    program: /^jupyter(?:-\w+)?$|^start-notebook(?:\.sh|\.py)?$|-notebook$/,
    word: /^--(?:NotebookApp|ServerApp|IdentityProvider)\.token=(?:''|"")?$/,
  },
  { program: /^(?:kubernetes-)?dashboard$/, word: /^--enable-skip-login(?:=true)?$/ },
  { program: /^argo(?:cli)?$/, word: /^--auth-mode=server$/ },
  { program: /^argocd(?:-server)?$/, word: /^--disable-auth(?:=true)?$/ },
];

const lastPart = (image: string): string => repositoryOf(image).replace(/^.*\//, "");

const letsIn = (image: string, program: string, args: readonly string[]): string | undefined => {
  const all = [program, ...args];
  const name = program.startsWith("-") ? lastPart(image) : program;
  for (const rule of words) {
    if (!rule.program.test(name)) continue;
    const at = all.findIndex((word) => rule.word.test(word));
    const word = all[at];
    // Given as two words, the second one says whether; and who has to give a password is let in by it alone.
    if (word?.startsWith("--protected-mode") === true && flagValue(all, "--requirepass", "--aclfile") !== undefined)
      return undefined;
    if (word === "--protected-mode") return all[at + 1] === "no" ? `${word} no` : undefined;
    if (word !== undefined) return word;
  }
  return undefined;
};

export const workloadLoginOff = workloadControl({
  id: "workload-login-off",
  title: "No program is told to let anybody in",
  area: "workloads",
  attack:
    "Databases, notebooks and dashboards ask for a password unless they are told not to. Told so, they serve whoever reaches them: every pod of the cluster where no policy forbids it, and the world where a Service opens them. An attacker reads and changes the data, and notebooks and dashboards run commands for them as well.",
  severity: "high",
  severityBecause: "whoever reaches the program has all of it, and reaching it is the only thing left to do",
  frameworks: {
    attack: ["T1190", "T1133"],
    owasp: ["K01:2025", "K06:2025"],
    nist: ["4.1.2"],
    pci: ["8.3.1"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) => {
      const { container, field, name } = placed;
      const env = container.env ?? [];
      const byVariable = env.flatMap(({ name: variable, value = "", valueFrom }, i): Breach[] =>
        valueFrom === undefined && variables[variable]?.test(value) === true
          ? [
              {
                field: `${field}.env[${i}]`,
                key: `${name} ${variable}`,
                says: `${variable} lets anybody into container ${name} who reaches it`,
              },
            ]
          : [],
      );
      // Anonymous visitors of Grafana only look, unless they are given more.
      const role = env.findIndex(
        ({ name: variable, value = "" }) =>
          variable === "GF_AUTH_ANONYMOUS_ORG_ROLE" && /^(?:Admin|Editor)$/i.test(value),
      );
      const anonymous = env.some(
        ({ name: variable, value = "" }) => variable === "GF_AUTH_ANONYMOUS_ENABLED" && yes.test(value),
      );
      const byRole: Breach[] =
        role >= 0 && anonymous
          ? [
              {
                field: `${field}.env[${role}]`,
                key: `${name} GF_AUTH_ANONYMOUS_ORG_ROLE`,
                says: `visitors of container ${name} without a name may change what it shows and queries`,
              },
            ]
          : [];
      const byWord = startedBy(placed).flatMap(({ programs }) =>
        programs.flatMap(({ program, args, field: at }): Breach[] => {
          const word = letsIn(container.image ?? "", program, args);
          return word === undefined
            ? []
            : [
                {
                  field: at,
                  key: `${name} ${word}`,
                  says: `container ${name} is started with ${word}, which lets anybody in`,
                },
              ];
        }),
      );
      // The same word in several places of a container is one fault told once.
      return [...new Map([...byVariable, ...byRole, ...byWord].map((breach) => [breach.key, breach])).values()];
    }),
  fix: (workload) => ({
    kind: "by-hand",
    why: "a password has to be chosen and given to those who use it, or they are all shut out",
    how: `put a password into a Secret, let ${workload.ref.name} and its clients read it from there, then take the setting out; until then let a NetworkPolicy admit those clients alone`,
  }),
});
