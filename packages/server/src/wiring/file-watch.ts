import { watchFile } from "node:fs";

/** Calls back when any of the files changed (looked at every half minute); how programs notice renewed certificates. */
export function onFilesChanged(files: readonly string[], changed: () => void): void {
  let pending: NodeJS.Timeout | undefined;
  for (const file of files)
    watchFile(file, { interval: 30_000, persistent: false }, () => {
      clearTimeout(pending);
      pending = setTimeout(changed, 1000);
    });
}
