/**
 * Whether a text looks like a secret that someone wrote where it does not belong. Few and sure patterns: what a name
 * says, and forms that only credentials have. Nothing here keeps or returns a value.
 */

/** What a name says when its words are taken apart. */
const secretWords =
  /((^|_)(pwd|pass|secret|token|credentials?|api_?key|access_?key|secret_?key|private_?key|signing_?key|encryption_?key|master_?key|auth_?key|account_?key|client_?secret|requirepass|masterauth|erlang_?cookie)|password|passwd|passphrase)(_|$|\d)/;
/** Names of things about a secret: where it lies, how long it lasts, what it is called. */
const aboutSecrets =
  /(^|_)(file|files|filename|path|paths|dir|directory|name|names|url|uri|endpoint|host|hostname|port|ttl|timeout|expiry|expires|expire|expiration|expires_in|lifetime|duration|age|length|len|size|min|max|count|limit|limits|policy|type|types|enabled|enable|disable|disabled|issuer|audience|aud|id|ids|header|headers|algorithm|alg|public|ref|reference|prefix|suffix|version|format|required|interval|period|retries|rounds|provider|manager|store|backend|engine|source|mode|method|mount|key_name|env|var|field|claim|scope|scopes|rotation|cache|validation|review|attempts|strength|reset|location|class|namespace|label|annotation|selector|template|kind|group|role|user|username|leeway|hint|regex|pattern|allowlist|encoder|hash|bucket|budget|window|per_second|per_minute|rate|tokens)$/;

/** `dbPassword`, `DB-PASSWORD`, `db.password` as `db_password`. */
const words = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase()
    .replace(/^_+|_+$/g, "");

/** Whether a name is a secret's: `DB_PASSWORD`, not `DB_PASSWORD_FILE`. */
export function namesSecret(name: string): boolean {
  const plain = words(name);
  return secretWords.test(plain) && !aboutSecrets.test(plain);
}

const placeholders =
  /^(true|false|yes|no|on|off|none|null|nil|undefined|enabled?|disabled?|auto|automatic|optional|required|always|never|default|redacted|optional|ask|prompt|static|dynamic|basic|bearer|jwt|oauth2?|oidc|kubernetes|vault|env|file|https?|x+|\*+|\.+|-+|<.*>|\{\{.*\}\}|%[^%]*%)$/i;
/** What says where a secret is, and is none. */
const references =
  /^(\$\(|\$\{|\$__|\$[A-Z_]+$|\$[A-Z][\w-]*([.:][\w-]+)+$|ENC\[|\.{0,2}\/|~\/|file:|env:|vault:|secretref|ref\+|arn:|op:\/\/|projects\/[^/]+\/secrets|sm:\/\/|awssm|gcpsm|azurekeyvault|@microsoft\.keyvault|[a-z][a-z0-9+.-]*:\/\/)/i;

/** Whether a text that stands under a secret's name could be the secret itself. */
export function couldBeSecret(value: string): boolean {
  const text = value.trim().replace(/^(["'])(.*)\1$/, "$2");
  if (text.length < 4 || placeholders.test(text) || references.test(text)) return false;
  if (/^[\d.]{1,5}(ms|s|m|h|d|k|ki|mi|gi)?$/i.test(text)) return false;
  return !/\$\{[^}]*\}$|\$\([^)]*\)$/.test(text);
}

/** Forms that are credentials under whatever name. */
const forms: readonly (readonly [what: string, hint: string, form: RegExp])[] = [
  ["a private key", "PRIVATE KEY", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ["a token of GitHub", "gh", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})/],
  ["a token of GitLab", "glpat-", /\bglpat-[A-Za-z0-9_-]{20}/],
  ["a token of Slack", "xox", /\bxox[baprs]-[A-Za-z0-9-]{10,}/],
  ["a webhook of Slack", "hooks.slack", /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16,}/],
  ["a key of Stripe", "_live_", /\b[sr]k_live_[A-Za-z0-9]{20,}/],
  ["a key of Google", "AIza", /\bAIza[0-9A-Za-z_-]{35}/],
  ["a token of npm", "npm_", /\bnpm_[A-Za-z0-9]{36}/],
  ["a key of SendGrid", "SG.", /\bSG\.[\w-]{16,}\.[\w-]{16,}/],
  ["a token of Vault", "hvs.", /\bhvs\.[A-Za-z0-9_-]{24,}/],
  ["a signed token (JWT)", "eyJ", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/],
];

/** `scheme://user:password@host`, where the password is written out. */
function urlPassword(text: string): boolean {
  for (const [, password = ""] of text.matchAll(
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:([^\s/@"']{1,128})@/gi,
  )) {
    if (couldBeSecret(password) && !/^[$<{%]/.test(password)) return true;
  }
  return false;
}

/** What kind of credential a text holds whatever its name; undefined where it holds none that can be told. */
export function credentialIn(text: string): string | undefined {
  for (const [what, hint, form] of forms) if (text.includes(hint) && form.test(text)) return what;
  return text.includes("://") && text.includes("@") && urlPassword(text) ? "a password in an address" : undefined;
}

/** What is wrong with a value under a name, or undefined. */
export const secretUnder = (name: string, value: string): string | undefined =>
  credentialIn(value) ?? (namesSecret(name) && couldBeSecret(value) ? "a literal value" : undefined);

/** A setting of a properties file, a YAML or JSON document, an .env file. */
const setting =
  /^[ \t]*(?:-[ \t]+|export[ \t]+)?["']?([A-Za-z][\w.-]{1,60})["']?[ \t]*[:=][ \t]*(["']?)([^"'\s,;#]{4,512})\2[ \t]*,?[ \t]*$/gm;

/** The names in a configuration file whose values look like secrets, each once. */
export function secretSettings(text: string): readonly string[] {
  if (!/pass|pwd|secret|token|credential|key/i.test(text)) return [];
  const found = new Set<string>();
  for (const [, name = "", , value = ""] of text.matchAll(setting))
    if (namesSecret(name) && couldBeSecret(value)) found.add(name);
  return [...found];
}
