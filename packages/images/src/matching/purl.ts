/** A package URL taken apart, for comparing; names as the specification normalises them. */
export interface ParsedPurl {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
  readonly qualifiers: ReadonlyMap<string, string>;
}

const pattern = /^pkg:\/{0,2}([a-z][a-z0-9.+-]*)\/([^@?#]*?[^@?#/])(?:@([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i;
const longest = 2048;

/** Undefined for what is no package URL. */
export function parsePurl(text: string): ParsedPurl | undefined {
  if (text.length > longest) return undefined;
  // npm's scope is written with a bare @ by many.
  const match = pattern.exec(text.replace(/^(pkg:\/{0,2}npm\/)@/i, "$1%40"));
  if (match === null) return undefined;
  const [, rawType = "", path = "", version, query] = match;
  try {
    const type = rawType.toLowerCase();
    const parts = path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
    const plainName = parts.pop();
    if (plainName === undefined) return undefined;
    const qualifiers = new Map<string, string>();
    for (const pair of (query ?? "").split("&")) {
      const equals = pair.indexOf("=");
      if (equals > 0) qualifiers.set(pair.slice(0, equals).toLowerCase(), decodeURIComponent(pair.slice(equals + 1)));
    }
    return {
      type,
      namespace: lowerCased.has(type) ? parts.join("/").toLowerCase() : parts.join("/"),
      name: nameOf(type, plainName),
      ...(version === undefined || version === "" ? {} : { version: decodeURIComponent(version) }),
      qualifiers,
    };
  } catch {
    return undefined;
  }
}

const lowerCased = new Set(["deb", "rpm", "apk", "oci", "github", "composer"]);

function nameOf(type: string, name: string): string {
  if (type === "pypi") return name.toLowerCase().replace(/[-_.]+/g, "-");
  return lowerCased.has(type) ? name.toLowerCase() : name;
}

/** Whether all that `wanted` says holds for `actual`: what it leaves out (version, qualifiers) may be anything. */
export function purlCovers(wanted: ParsedPurl, actual: ParsedPurl): boolean {
  if (wanted.type !== actual.type || wanted.name !== actual.name) return false;
  if (wanted.namespace !== "" && wanted.namespace !== actual.namespace) return false;
  if (wanted.version !== undefined && wanted.version !== actual.version) return false;
  for (const [key, value] of wanted.qualifiers)
    if (key !== "repository_url" && actual.qualifiers.get(key) !== value) return false;
  return true;
}
