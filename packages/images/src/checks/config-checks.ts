import type { ImageConfig } from "../archives/image-config.ts";
import type { SecretScanner } from "../secrets/secret-scanner.ts";
import type { CheckHit, ImageCheck } from "./image-check.ts";

/** Numbers and names that are root. A number past 2^31 is not, whatever it wraps to (CVE-2024-40635). */
const isRoot = (user: string): boolean => {
  const name = user.split(":")[0] ?? "";
  return name === "" || name === "root" || /^0+$/.test(name);
};

export const rootUser: ImageCheck = {
  id: "root-user",
  title: "runs as root",
  severity: "high",
  why: "A process that breaks out of its container as root is root in fewer steps; pod security's restricted level refuses it.",
  fix: "Set USER to a number of your own, such as 65532, and give that user what it must write.",
  find: ({ config: { user } }) =>
    isRoot(user)
      ? [{ where: "config.User", says: user === "" ? "no user is set, which is root" : "the user is root" }]
      : [],
};

export const namedUser: ImageCheck = {
  id: "named-user",
  title: "user is a name, not a number",
  severity: "low",
  why: "With runAsNonRoot a kubelet can judge numbers alone: the pod is refused at its start.",
  fix: "Write the number in USER.",
  find: ({ config: { user } }) =>
    !isRoot(user) && !/^\d+$/.test(user.split(":")[0] ?? "")
      ? [{ where: "config.User", says: "the user is a name" }]
      : [],
};

const secretName = /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)(_|$)/i;
/** Variables that name a secret's place, length or kind, and not the secret. */
const notValue = /_(FILE|PATH|DIR|URL|URI|HOST|PORT|NAME|TYPE|LENGTH|TTL|EXPIRY|ENABLED|HEADER|SHA\w*|VERSION)$/i;
const empty = /^$|^(none|null|false|true|changeme|\$\{?\w+\}?|<.*>|\d{1,5})$/i;

type Words = Pick<SecretScanner, "scanWords">;

/** Why a variable (`NAME=value`) is taken for a secret; undefined where it is not. */
function variableSecret(variable: string, secrets: Words): string | undefined {
  const at = variable.indexOf("=");
  const name = at < 0 ? variable : variable.slice(0, at);
  const value = at < 0 ? "" : variable.slice(at + 1);
  const found = secrets.scanWords("config.Env", variable)[0];
  if (found !== undefined) return `it holds a secret (${found.rule})`;
  return secretName.test(name) && !notValue.test(name) && !empty.test(value)
    ? "it is named as a secret and has a value"
    : undefined;
}

const nameOf = (variable: string): string => variable.split("=", 1)[0] ?? "";

export const secretInEnvironment: ImageCheck = {
  id: "secret-in-environment",
  title: "secret in an environment variable",
  severity: "critical",
  why: "Whoever may pull the image reads it, and so does every process started from it.",
  fix: "Take it out, change the secret at its origin, and hand it in as a Secret at run time.",
  find: ({ config: { env }, secrets }) =>
    env.flatMap((variable): CheckHit[] => {
      const says = variableSecret(variable, secrets);
      return says === undefined ? [] : [{ where: `config.Env ${nameOf(variable)}`, says }];
    }),
};

/** Build arguments and inline assignments as BuildKit and the old builder write them down. */
const assignment =
  /\b([A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY)[A-Z0-9_]*)=("[^"]+"|'[^']+'|[^\s"';|&]+)/g;

function stepSecret(text: string, secrets: Words): string | undefined {
  const found = secrets.scanWords("history", text)[0];
  if (found !== undefined) return `it holds a secret (${found.rule})`;
  for (const [, name = "", value = ""] of text.matchAll(assignment))
    if (!notValue.test(name) && !empty.test(value.replace(/^["']|["']$/g, ""))) return `it gives ${name} a value`;
  return undefined;
}

export const secretInHistory: ImageCheck = {
  id: "secret-in-history",
  title: "secret in the build history",
  severity: "critical",
  why: "Build arguments and commands stay in the image's history for whoever pulls it.",
  fix: "Change the secret at its origin; build with a secret mount (RUN --mount=type=secret) instead of ARG or ENV.",
  find: ({ config: { history }, secrets }) =>
    history.flatMap((step, i): CheckHit[] => {
      const says = stepSecret(step.createdBy, secrets);
      return says === undefined ? [] : [{ where: `history ${i + 1}`, says }];
    }),
};

/** The configuration as it may be kept and shown: what is taken for a secret is gone from it. */
export function withoutSecrets(config: ImageConfig, secrets: Words): ImageConfig {
  const hidden = "(hidden)";
  const text = (value: string): string => (stepSecret(value, secrets) === undefined ? value : hidden);
  return {
    ...config,
    env: config.env.map((v) => (variableSecret(v, secrets) === undefined ? v : `${nameOf(v)}=${hidden}`)),
    entrypoint: config.entrypoint.map(text),
    cmd: config.cmd.map(text),
    labels: Object.fromEntries(
      Object.entries(config.labels).map(([key, value]) => [
        key,
        variableSecret(`${key.replace(/\W/g, "_")}=${value}`, secrets) === undefined ? value : hidden,
      ]),
    ),
    history: config.history.map((step) => ({ ...step, createdBy: text(step.createdBy), comment: text(step.comment) })),
  };
}

export const noHealthcheck: ImageCheck = {
  id: "no-healthcheck",
  title: "says nothing about its health",
  severity: "info",
  why: "Kubernetes asks its own probes and not this; the image's author knows best what to ask.",
  fix: "Add HEALTHCHECK, or document the probe to use.",
  find: ({ config }) => (config.healthcheck ? [] : [{ where: "config.Healthcheck", says: "there is none" }]),
};

export const remoteAdd: ImageCheck = {
  id: "remote-add",
  title: "ADD of remote content",
  severity: "medium",
  why: "What the address serves changes without notice and is not checked.",
  fix: "Use ADD --checksum=sha256:…, or fetch and check it in a RUN step, or COPY a file you keep.",
  find: ({ config: { history } }) =>
    history.flatMap((step, i) => {
      const address = /\bADD\s+(?:--(?!checksum)\S+\s+)*((?:https?|ftp|git):\/\/\S+)/i.exec(step.createdBy)?.[1];
      return address === undefined || /--checksum=/.test(step.createdBy)
        ? []
        : [
            {
              where: `history ${i + 1}`,
              says: `it adds ${address
                .replace(/\/\/[^@/]*@/, "//")
                .replace(/[?#].*$/, "")
                .slice(0, 200)}`,
            },
          ];
    }),
};

export const pipedInstall: ImageCheck = {
  id: "piped-install",
  title: "runs a script straight from the network",
  severity: "medium",
  why: "What the address serves is run as root in the build, unseen and unchecked.",
  fix: "Download, check against a digest, then run.",
  find: ({ config: { history } }) =>
    history.flatMap((step, i) =>
      /\b(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+)?(?:\S*\/)?(?:ba|da|z|a)?sh\b/.test(step.createdBy)
        ? [{ where: `history ${i + 1}`, says: "it pipes a download into a shell" }]
        : [],
    ),
};

export const sshPort: ImageCheck = {
  id: "ssh-port",
  title: "offers SSH",
  severity: "medium",
  why: "A shell by network past the cluster's own access control and audit.",
  fix: "Leave SSH out; kubectl exec is authorised and audited.",
  find: ({ config: { ports } }) =>
    ports.some((p) => p === "22" || p === "22/tcp")
      ? [{ where: "config.ExposedPorts", says: "port 22 is exposed" }]
      : [],
};
