import { plausible } from "./plausible.ts";
import type { SecretSeverity } from "./secret-rule.ts";
import { checksumHolds, isBasicCredential, isKeyBody, isSignedToken } from "./token-checksum.ts";

/** One kind of secret: how it looks, and what tells it from its look-alikes. */
export interface SecretRule {
  readonly id: string;
  /** For a person: what it opens. */
  readonly title: string;
  readonly severity: SecretSeverity;
  /**
   * Strings of four characters or more, one of which every match contains: files without any are not searched. Some four
   * characters in a row of each ought to be rare in texts, since they are what is looked for.
   */
  readonly literals: readonly string[];
  /** Its group 1, or all of it, is the value. Global. */
  readonly pattern: RegExp;
  readonly verify: (value: string, context: { readonly path: string }) => boolean;
  /** Only in files whose path fits. */
  readonly paths?: RegExp;
}

const settings =
  /(^|\/)(\.env(\.[\w-]+)?|[^/]+\.(env|properties|ini|cfg|conf|toml|ya?ml)|\.?(npmrc|pypirc|netrc|pgpass|my\.cnf|s3cfg|boto|git-credentials)|credentials|config)$/i;

export const secretRules: readonly SecretRule[] = [
  {
    id: "private-key",
    title: "private key",
    severity: "critical",
    literals: ["TE KEY-----", "TE KEY BLOCK-----"],
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----([\s\S]{1,12000}?)-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g,
    verify: (body) =>
      isKeyBody(
        body.replace(/^(Version|Comment|Proc-Type|DEK-Info|Hash):.*$/gm, "").replace(/\n=[A-Za-z0-9+/]{4}\s*$/, ""),
      ),
  },
  {
    id: "aws-access-key",
    title: "AWS access key",
    severity: "high",
    literals: ["AKIA", "ASIA"],
    pattern: /(?<![A-Za-z0-9/+])((?:AKIA|ASIA)[A-Z2-7]{16})(?![A-Za-z0-9/+=])/g,
    verify: (value) => plausible(value.slice(4), 2.8),
  },
  {
    id: "aws-secret-key",
    title: "AWS secret access key",
    severity: "critical",
    literals: [
      "ret_access_key",
      "RET_ACCESS_KEY",
      "ret_Access_Key",
      "retAccessKey",
      "retaccesskey",
      "RETACCESSKEY",
      "ret_key",
      "RET_KEY",
      "ret_Key",
      "retKey",
      "retkey",
      "RETKEY",
    ],
    pattern: /(?:secret_?(?:access_?)?key)["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    verify: (value) => plausible(value, 4),
  },
  {
    id: "github-token",
    title: "GitHub token",
    severity: "critical",
    literals: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    pattern: /(?<!\w)(gh[pousr]_[A-Za-z0-9]{36})(?!\w)/g,
    verify: checksumHolds,
  },
  {
    id: "github-fine-grained-token",
    title: "GitHub fine-grained token",
    severity: "critical",
    literals: ["ub_pat_"],
    pattern: /(?<!\w)(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?!\w)/g,
    verify: (value) => plausible(value.slice(11), 4),
  },
  {
    id: "gitlab-token",
    title: "GitLab token",
    severity: "critical",
    literals: ["glpat-", "gldt-", "glrt-", "glptt-"],
    pattern: /(?<!\w)(gl(?:pat|dt|rt|ptt)-[\w-]{20,60})(?![\w-])/g,
    verify: (value) => plausible(value.slice(6)),
  },
  {
    id: "npm-token",
    title: "npm token",
    severity: "critical",
    literals: ["npm_"],
    pattern: /(?<!\w)(npm_[A-Za-z0-9]{36})(?!\w)/g,
    verify: checksumHolds,
  },
  {
    id: "npm-registry-token",
    title: "token of an npm registry",
    severity: "high",
    literals: ["_authToken", "_auth=", "_password"],
    pattern: /:?_(?:authToken|auth|password)\s*=\s*["']?([^\s"']{8,})/g,
    paths: /npmrc$/,
    verify: (value) => plausible(value),
  },
  {
    id: "pypi-token",
    title: "PyPI token",
    severity: "critical",
    literals: ["i-AgE"],
    pattern: /(?<!\w)(pypi-AgE[\w-]{50,})/g,
    verify: (value) => plausible(value, 4),
  },
  {
    id: "slack-token",
    title: "Slack token",
    severity: "high",
    literals: ["xoxb-", "xoxp-", "xoxa-", "xoxs-", "xapp-"],
    pattern: /(?<!\w)((?:xox[abps]|xapp)-\d[\w-]{24,})/g,
    verify: (value) => plausible(value.slice(5)),
  },
  {
    id: "slack-webhook",
    title: "Slack webhook",
    severity: "medium",
    literals: ["ck.com/services/"],
    pattern: /hooks\.slack\.com\/services\/(T[A-Z0-9]{6,12}\/B[A-Z0-9]{6,12}\/[A-Za-z0-9]{20,28})/g,
    verify: (value) => plausible(value.split("/")[2] ?? ""),
  },
  {
    id: "stripe-key",
    title: "Stripe live key",
    severity: "critical",
    literals: ["sk_live_", "rk_live_"],
    pattern: /(?<!\w)([sr]k_live_[A-Za-z0-9]{20,120})(?!\w)/g,
    verify: (value) => plausible(value.slice(8)),
  },
  {
    id: "google-api-key",
    title: "Google API key",
    severity: "medium",
    literals: ["AIza"],
    pattern: /(?<![\w-])(AIza[\w-]{35})(?![\w-])/g,
    verify: (value) => plausible(value.slice(4), 4),
  },
  {
    id: "openai-key",
    title: "OpenAI key",
    severity: "high",
    literals: ["T3BlbkFJ"],
    pattern: /(?<!\w)(sk-[\w-]{16,120}T3BlbkFJ[\w-]{16,120})/g,
    verify: (value) => plausible(value),
  },
  {
    id: "anthropic-key",
    title: "Anthropic key",
    severity: "high",
    literals: ["sk-ant-"],
    pattern: /(?<!\w)(sk-ant-(?:api|admin)\d\d-[\w-]{80,120})/g,
    verify: (value) => plausible(value, 4),
  },
  {
    id: "vault-token",
    title: "HashiCorp Vault token",
    severity: "critical",
    literals: ["hvs.", "hvb."],
    pattern: /(?<![\w.])(hv[sb]\.[\w-]{24,300})/g,
    verify: (value) => plausible(value.slice(4), 3.5),
  },
  {
    id: "docker-hub-token",
    title: "Docker Hub token",
    severity: "critical",
    literals: ["dckr_pat_"],
    pattern: /(?<!\w)(dckr_pat_[\w-]{27})(?![\w-])/g,
    verify: (value) => plausible(value.slice(9)),
  },
  {
    id: "docker-credentials",
    title: "registry credentials",
    severity: "critical",
    literals: ['"auths"'],
    pattern: /"auth"\s*:\s*"([A-Za-z0-9+/]{8,}={0,2})"/g,
    paths: /(^|\/)(config\.json|\.dockercfg|\.dockerconfigjson|auth\.json)$/,
    verify: isBasicCredential,
  },
  {
    id: "age-key",
    title: "age identity",
    severity: "critical",
    literals: ["AGE-SECRET-KEY-1"],
    pattern: /(AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58})/g,
    verify: (value) => plausible(value.slice(16)),
  },
  {
    id: "json-web-token",
    title: "JSON Web Token",
    severity: "medium",
    literals: ["eyJhbGci", "eyJ0eXAi", "eyJraWQi"],
    pattern: /(?<![\w.-])(eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{20,2000})/g,
    verify: isSignedToken,
  },
  {
    id: "url-password",
    title: "password in an address",
    severity: "high",
    literals: [
      "gres://",
      "tgresql://",
      "ysql://",
      "ngodb://",
      "ngodb+srv://",
      "dis://",
      "diss://",
      "amqp://",
      "mqps://",
    ],
    pattern:
      /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s:@/"'<>]*:([^\s@/"'<>]{4,})@[\w.-]+/g,
    verify: (value) =>
      plausible(value, 2.5) &&
      !/^(pass|passw(or)?d|secret|user(name)?|postgres|mysql|root|admin|guest|password\d*)$/i.test(value),
  },
  {
    id: "password-setting",
    title: "password or token in a settings file",
    severity: "medium",
    literals: [
      "assword",
      "ASSWORD",
      "asswd",
      "ASSWD",
      "ecret",
      "ECRET",
      "oken",
      "OKEN",
      "pi_key",
      "PI_KEY",
      "piKey",
      "pikey",
    ].filter((l) => l.length >= 4),
    pattern:
      /^[ \t]*(?:export[ \t]+)?["']?[\w.-]*(?:password|passwd|secret|token|api_?key)["']?[ \t]*[:=][ \t]*["']?([^\s"'#;,]{12,200})["']?[ \t]*$/gim,
    paths: settings,
    verify: (value) =>
      plausible(value, 3.3) &&
      /[0-9]/.test(value) &&
      /[A-Za-z]/.test(value) &&
      !/^[a-z]+([._/:-][a-z0-9]+)*$/.test(value) &&
      !value.includes("/"),
  },
];
