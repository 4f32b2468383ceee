import { essence, idle } from "./dpkg-scripts.ts";

/**
 * Why the scripts of the new package would have to run, or undefined. They need not where, versions aside, the installed
 * package has the very same: its upgrade step leads to what is there already, its trigger ran when it was installed.
 */
export function apkScriptsProblem(
  before: (kind: string) => string | undefined,
  after: (kind: string) => string | undefined,
  versions: { readonly from: string; readonly to: string },
): string | undefined {
  const both = [versions.to, versions.from];
  for (const kind of ["pre-upgrade", "post-upgrade", "trigger"] as const) {
    const next = after(kind);
    if (next === undefined) continue;
    const now = essence(next, both);
    if (idle(now)) continue;
    // Many packages have one script for both, and it ran when they were installed.
    const same = [kind, ...(kind === "trigger" ? [] : [kind.replace("upgrade", "install")])].map(before);
    if (same.every((old) => old === undefined)) return `its ${kind} is new, and would have to run`;
    if (!same.some((old) => old !== undefined && essence(old, both) === now))
      return `its ${kind} is another than the installed version's, and would have to run`;
  }
  return undefined;
}
