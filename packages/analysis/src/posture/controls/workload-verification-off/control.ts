import { argumentsOf, startedBy } from "../../../deciders/command-line.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import type { Breach } from "../../control.ts";
import { workloadControl } from "../../control.ts";

const yes = /^(?:1|true|yes|on)$/i;
const no = /^(?:0|false|no|off)$/i;

/** Variables that programs read, and the values by which they check no certificate. */
const variables: Readonly<Record<string, RegExp>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: /^0$/,
  PYTHONHTTPSVERIFY: /^0$/,
  GIT_SSL_NO_VERIFY: yes,
  NPM_CONFIG_STRICT_SSL: no,
  npm_config_strict_ssl: no,
  PIP_TRUSTED_HOST: /\S/,
  CURL_CA_BUNDLE: /^$/,
  REQUESTS_CA_BUNDLE: /^$/,
  GOINSECURE: /\S/,
  GONOSUMDB: /^\*$/,
  GOFLAGS: /(?:^|\s)-insecure\b/,
  VAULT_SKIP_VERIFY: yes,
  BAO_SKIP_VERIFY: yes,
  CONSUL_HTTP_SSL_VERIFY: no,
  NOMAD_SKIP_VERIFY: yes,
  LDAPTLS_REQCERT: /^(?:never|allow)$/i,
  ELASTICSEARCH_SSL_VERIFICATIONMODE: /^none$/i,
  ANSIBLE_HOST_KEY_CHECKING: no,
};

/** What programs of every sort call it. */
const callsIt: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/(?:^|_)(?:(?:TLS|SSL)_)?(?:INSECURE_)?(?:SKIP|NO)_(?:TLS_|SSL_)?VERIFY$/, yes],
  [/^(?!.*(?:SKIP|NO|DISABLE)_)(?:.*_)?(?:TLS|SSL)_(?:VERIFY|VERIFICATION)$/, no],
];
const turnsOff = (name: string, value: string): boolean =>
  variables[name]?.test(value) ?? callsIt.some(([called, off]) => called.test(name) && off.test(value));

const flags = [
  /^--insecure-skip-tls-verify(?:=true)?$/,
  /^--(?:tls|ssl)-(?:skip|no)-verify(?:=true)?$/,
  /^--skip-(?:tls|ssl)-verify(?:=true)?$/,
  /^--tls\.insecure-skip-verify(?:=true)?$/,
  /^--kubelet-insecure-tls(?:=true)?$/,
  /^--no-check-certificate$/,
  /^--no-verify-ssl$/,
];

/** Who asks itself has nobody in between. */
const asksItself = (args: readonly string[]): boolean => {
  const addresses = args.filter((word) => word.includes("://"));
  return (
    addresses.length > 0 &&
    addresses.every((word) => /:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/.test(word))
  );
};

const curlInsecure = (program: string, args: readonly string[]): boolean =>
  program === "curl" && args.some((word) => word === "--insecure" || /^-[a-zA-Z]*k[a-zA-Z]*$/.test(word));

export const workloadVerificationOff = workloadControl({
  id: "workload-verification-off",
  title: "No program is told to trust whoever answers",
  area: "workloads",
  attack:
    "Certificates tell a program that it speaks to whom it means to, and one setting makes it stop asking. An attacker who gets between, by a forged name, a false route or a taken-over proxy, then reads and changes all that goes by. Passwords, tokens and updates pass through their hands, and no program notices.",
  severity: "medium",
  severityBecause: "an attacker has to get between first, but then nothing is secret and nothing is noticed",
  frameworks: { owasp: ["K01:2025"], nist: ["4.1.2"], pci: ["4.2.1"] },
  check: ({ containers }) =>
    containers.flatMap((placed) => {
      const { container, field, name } = placed;
      const byVariable = (container.env ?? []).flatMap(({ name: variable, value, valueFrom }, i): Breach[] =>
        valueFrom === undefined && turnsOff(variable, value ?? "")
          ? [
              {
                field: `${field}.env[${i}]`,
                key: `${name} ${variable}`,
                says: `${variable} tells the programs of container ${name} not to check who answers`,
              },
            ]
          : [],
      );
      const byFlag = startedBy(placed).flatMap(({ programs }) =>
        programs.flatMap(({ program, args, field: at }): Breach[] => {
          const word = [program, ...args].find((one) => flags.some((flag) => flag.test(one)));
          if ((word === undefined && !curlInsecure(program, args)) || asksItself(args)) return [];
          const own = argumentsOf(placed).find(({ text }) => text === word);
          return [
            {
              field: own?.field ?? at,
              key: `${name} ${word ?? `${program} --insecure`}`,
              says: `container ${name} starts ${program.startsWith("-") ? "its program" : program} with ${word ?? "--insecure"}, so that it does not check who answers`,
            },
          ];
        }),
      );
      // The same command in several places of a container is one fault told once.
      return [...new Map([...byVariable, ...byFlag].map((breach) => [breach.key, breach])).values()];
    }),
  fix: (workload, breach) => {
    const word = workload.containers.flatMap(argumentsOf).find(({ field }) => field === breach.field);
    const whole = breach.field.includes(".env[") || (word !== undefined && flags.some((flag) => flag.test(word.text)));
    if (!whole)
      return {
        kind: "by-hand",
        why: "the flag stands within a script",
        how: "take it out of the script, and give the program the certificate of its authority (--cacert) where that is not a public one",
      };
    return edited([removing(workload, breach.field)], {
      mind: "a connection to a server whose certificate the image does not know fails then: mount the authority's certificate and name it (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, a --ca-file flag)",
    });
  },
});
