/**
 * Name rules of apimachinery's validation package. Each takes a value and returns the broken rules as messages,
 * none when it is well formed.
 */

const dns1123LabelRegex = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dns1123SubdomainRegex = `${dns1123LabelRegex}(\\.${dns1123LabelRegex})*`;
const dns1035LabelRegex = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualifiedNameRegex = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValueRegex = `(${qualifiedNameRegex})?`;
const configKeyRegex = "[-._a-zA-Z0-9]+";
const cIdentifierRegex = "[A-Za-z_][A-Za-z0-9_]*";

const whole = (regex: string): RegExp => new RegExp(`^(?:${regex})$`);

const dns1123Label = whole(dns1123LabelRegex);
const dns1123Subdomain = whole(dns1123SubdomainRegex);
const dns1035Label = whole(dns1035LabelRegex);
const qualifiedName = whole(qualifiedNameRegex);
const labelValue = whole(labelValueRegex);
const configKey = whole(configKeyRegex);
const cIdentifier = whole(cIdentifierRegex);
const httpHeaderName = /^[-A-Za-z0-9]+$/;
const envVarName = /^[ -<>-~]+$/;
const percent = /^[0-9]+%$/;
const urlPathSegment = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** The message of a value that does not match a regular expression, with examples. */
export function regexError(message: string, regex: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${regex}')`;
  const shown = examples.map((e) => `'${e}', `).join(" or ");
  return `${message} (e.g. ${shown}regex used for validation is '${regex}')`;
}

/** The message of a value longer than a number of characters. */
export const maxLengthError = (length: number): string => `must be no more than ${length} characters`;
/** The message of a value longer than a number of bytes. */
export const maxBytesError = (length: number): string => `must be no more than ${length} bytes`;
/** The message of an empty value. */
export const emptyError = (): string => "must be non-empty";
/** The message of a number outside a range, both ends included. */
export const rangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

const dns1123LabelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const dns1123SubdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const dns1035LabelMessage =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const qualifiedNameMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelValueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** UTF-8 length, cheap for the short ASCII strings names are. */
const bytes = (value: string): number => Buffer.byteLength(value);

/** An RFC 1123 label: a Namespace's or a container's name. At most 63 characters. */
export function isDNS1123Label(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > 63) errors.push(maxLengthError(63));
  if (!dns1123Label.test(value)) {
    errors.push(
      dns1123Subdomain.test(value)
        ? "must not contain dots"
        : regexError(dns1123LabelMessage, dns1123LabelRegex, "my-name", "123-abc"),
    );
  }
  return errors;
}

/** An RFC 1123 subdomain: most objects' names. At most 253 characters. */
export function isDNS1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > 253) errors.push(maxLengthError(253));
  if (!dns1123Subdomain.test(value)) {
    errors.push(regexError(dns1123SubdomainMessage, dns1123SubdomainRegex, "example.com"));
  }
  return errors;
}

/** An RFC 1035 label: starts with a letter. At most 63 characters. */
export function isDNS1035Label(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > 63) errors.push(maxLengthError(63));
  if (!dns1035Label.test(value)) {
    errors.push(regexError(dns1035LabelMessage, dns1035LabelRegex, "my-name", "abc-123"));
  }
  return errors;
}

/** A wildcard subdomain such as `*.example.com`, as an Ingress host may be. */
export function isWildcardDNS1123Subdomain(value: string): string[] {
  const regex = `\\*\\.${dns1123SubdomainRegex}`;
  const errors: string[] = [];
  if (bytes(value) > 253) errors.push(maxLengthError(253));
  if (!whole(regex).test(value)) {
    errors.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        regex,
        "*.example.com",
      ),
    );
  }
  return errors;
}

/** `[prefix/]name`: a label's, annotation's, finalizer's or resource's key. */
export function isQualifiedName(value: string): string[] {
  const errors: string[] = [];
  const parts = value.split("/");
  let name = value;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    name = parts[1] as string;
    if (prefix === "") errors.push(`prefix part ${emptyError()}`);
    else errors.push(...isDNS1123Subdomain(prefix).map((m) => `prefix part ${m}`));
  } else if (parts.length > 2) {
    return [
      `a valid label key ${regexError(qualifiedNameMessage, qualifiedNameRegex, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === "") errors.push(`name part ${emptyError()}`);
  else if (bytes(name) > 63) errors.push(`name part ${maxBytesError(63)}`);
  if (!qualifiedName.test(name)) {
    errors.push(`name part ${regexError(qualifiedNameMessage, qualifiedNameRegex, "MyName", "my.name", "123-abc")}`);
  }
  return errors;
}

/** A label's value: empty, or at most 63 bytes. */
export function isValidLabelValue(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > 63) errors.push(maxBytesError(63));
  if (!labelValue.test(value)) {
    errors.push(regexError(labelValueMessage, labelValueRegex, "MyValue", "my_value", "12345"));
  }
  return errors;
}

/** A key of a ConfigMap or Secret: a file name. */
export function isConfigMapKey(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > 253) errors.push(maxLengthError(253));
  if (!configKey.test(value)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configKeyRegex,
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  }
  if (value === ".") errors.push("must not be '.'");
  else if (value === "..") errors.push("must not be '..'");
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

/** An environment variable's name, as the relaxed rule has it: printable ASCII without '='. */
export function isEnvVarName(value: string): string[] {
  if (value === "") return [`environment variable name ${emptyError()}`];
  if (envVarName.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A C identifier. */
export const isCIdentifier = (value: string): string[] =>
  cIdentifier.test(value)
    ? []
    : [
        regexError(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          cIdentifierRegex,
          "my_name",
          "MY_NAME",
          "MyName",
        ),
      ];

/** An HTTP header's name in a probe. */
export const isHTTPHeaderName = (value: string): string[] =>
  httpHeaderName.test(value)
    ? []
    : [
        regexError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          "[-A-Za-z0-9]+",
          "X-Header-Name",
        ),
      ];

/** A port number. */
export const isValidPortNum = (port: number): string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [rangeError(1, 65535)];

/** A port's name (IANA_SVC_NAME): at most 15 characters, a letter among them. */
export function isValidPortName(port: string): string[] {
  const errors: string[] = [];
  if (port.length > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(port)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(port)) errors.push("must contain at least one letter (a-z)");
  if (port.includes("--")) errors.push("must not contain consecutive hyphens");
  if (port !== "" && (port.startsWith("-") || port.endsWith("-"))) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** A percentage such as `25%`. */
export const isValidPercent = (value: string): string[] =>
  percent.test(value)
    ? []
    : [regexError("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")];

/** A name that may stand as one segment of a URL's path (RBAC objects' names). */
export function isValidPathSegmentName(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return isValidPathSegmentPrefix(value);
}

/** As isValidPathSegmentName, for a generateName. */
export const isValidPathSegmentPrefix = (value: string): string[] =>
  ["/", "%"].filter((c) => value.includes(c)).map((c) => `may not contain '${c}'`);

/** A domain-prefixed path such as `example.com/path`: finalizers of CRDs, audit annotations. */
export function isDomainPrefixedPath(value: string): string[] {
  const slash = value.indexOf("/");
  if (value === "") return ["must be non-empty"];
  if (slash <= 0 || slash === value.length - 1) return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  const errors = isDNS1123Subdomain(value.slice(0, slash));
  if (!urlPathSegment.test(value.slice(slash + 1)))
    errors.push(regexError("Invalid path", "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"));
  return errors;
}

type NameRule = (value: string) => string[];

/** A name that still gets a suffix may end in a hyphen. */
const maskTrailingDash = (name: string): string =>
  name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;

const asNameErrors =
  (rule: NameRule) =>
  (name: string, prefix: boolean): string[] =>
    rule(prefix ? maskTrailingDash(name) : name);

/** For KindRow.nameErrors: names that are RFC 1123 subdomains. */
export const nameIsDNSSubdomain = asNameErrors(isDNS1123Subdomain);
/** For KindRow.nameErrors: names that are RFC 1123 labels. */
export const nameIsDNSLabel = asNameErrors(isDNS1123Label);
/** For KindRow.nameErrors: names that are RFC 1035 labels. */
export const nameIsDNS1035Label = asNameErrors(isDNS1035Label);
/** For KindRow.nameErrors: names that only have to fit a URL's path. */
export const nameIsPathSegment = (name: string, prefix: boolean): string[] =>
  prefix ? isValidPathSegmentPrefix(name) : isValidPathSegmentName(name);
