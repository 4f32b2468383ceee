import { execFileSync } from "node:child_process";

function works(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What of this machine real packets need and it lacks; empty: all is there. Names the test that is skipped. */
export function lacking(...more: string[]): string {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) return "needs root";
  for (const program of ["ip", "nft", "nsenter", ...more]) {
    if (!works("sh", "-c", `command -v ${program}`)) missing.push(program);
  }
  if (missing.length > 0) return `needs ${missing.join(", ")}`;
  const name = `bh-probe-${process.pid}`;
  if (!works("ip", "netns", "add", name)) return "needs network namespaces";
  try {
    return works("ip", "netns", "exec", name, "nft", "add", "table", "inet", "probe") ? "" : "needs nftables";
  } finally {
    works("ip", "netns", "delete", name);
  }
}
