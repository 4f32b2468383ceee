import { compareVersions } from "../versions/compare.ts";

/** Scripts that an upgrade would run with the new package: what they do is not done here. */
const run = ["preinst", "postinst"] as const;

/** A script without comments, blank lines and its own package's versions: what it does. */
export function essence(script: string, versions: readonly string[]): string {
  let text = script;
  for (const version of versions) text = text.replaceAll(version, "VERSION");
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("\n");
}

/** A script whose lines set nothing up: `set -e`, `exit 0`. */
export const idle = (script: string): boolean =>
  script.split("\n").every((line) => /^(set -\w+|exit 0|:|true)?$/.test(line));

/** Versions that a script asks about (`dpkg --compare-versions "$2" lt 1.2-3`): what it does once, on passing them. */
function passed(script: string): string[] {
  return [...script.matchAll(/(?:lt|le|lt-nl|le-nl|<<|<=)["']?\s+["']?([0-9][A-Za-z0-9.+:~-]*)/g)].flatMap(
    ([, version]) => version ?? [],
  );
}

/**
 * Why the scripts of the new package would have to run, or undefined. They need not where they are, versions aside, those
 * that ran when the package was installed, and no step of theirs is meant for an upgrade past the installed version.
 */
export function scriptsProblem(
  before: (name: string) => string | undefined,
  after: (name: string) => string | undefined,
  versions: { readonly from: string; readonly to: string },
): string | undefined {
  for (const name of run) {
    const next = after(name);
    if (next === undefined) continue;
    const now = essence(next, [versions.to, versions.from]);
    if (idle(now)) continue;
    const old = before(name);
    if (old === undefined) return `its ${name} is new, and would have to run`;
    if (essence(old, [versions.from, versions.to]) !== now)
      return `its ${name} is another than the installed version's, and would have to run`;
    const step = passed(next).find((version) => compareVersions("dpkg", versions.from, version) === -1);
    if (step !== undefined) return `its ${name} has a step for upgrades from before ${step}, which would have to run`;
  }
  return undefined;
}
