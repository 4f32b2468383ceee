import { type Declared, nothingDeclared, word } from "./declaration.ts";
import { type FileBody, textOf } from "./file-body.ts";
import { PackageError } from "./package-error.ts";

function parse(body: FileBody, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(textOf(body).replace(/^\ufeff/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new PackageError("malformed", `${what} is no JSON`, error);
  }
  throw new PackageError("malformed", `${what} is no JSON object`);
}

/** `node_modules/NAME/package.json`: an installed package. Its native modules are its own. */
export function parsePackageJson(path: string, body: FileBody): Declared {
  const { name, version } = parse(body, "package.json");
  const named = typeof name === "string" ? word(name) : undefined;
  const versioned = typeof version === "string" ? word(version) : undefined;
  // Folders within a package carry a package.json of their own, to say what kind of modules lie below.
  if (named === undefined || versioned === undefined) return nothingDeclared;
  return {
    packages: [{ ecosystem: "npm", name: named, version: versioned }],
    explains: [path.slice(0, -"package.json".length)],
  };
}

/** A lock file says what someone meant to install, not what is there. */
export function parseLockFile(path: string, body: FileBody): Declared {
  if (!path.endsWith(".json")) {
    const entries = textOf(body).match(/^\s+(?:version:? |resolution:)/gm);
    return { packages: [], locked: entries?.length ?? 0 };
  }
  const { packages, dependencies } = parse(body, "lock file");
  const listed = packages ?? dependencies;
  return {
    packages: [],
    locked: typeof listed === "object" && listed !== null ? Object.keys(listed).filter((k) => k !== "").length : 0,
  };
}
