import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import type { UpstreamServer } from "./upstream.ts";

/** The name servers of a resolv.conf, at most three as resolvers take them. */
export function parseResolvConf(text: string): UpstreamServer[] {
  const servers = text.split("\n").flatMap((line) => {
    const address = /^\s*nameserver\s+([^\s#;]+)/.exec(line)?.[1]?.split("%")[0];
    return address !== undefined && isIP(address) !== 0 ? [{ address, port: 53 }] : [];
  });
  return servers.slice(0, 3);
}

/**
 * The machine's name servers, read again when the file changes (looked at every 5 s at most). Addresses in `own` are left
 * out: a query sent to ourselves would never end.
 */
export function hostResolvers(
  path: string,
  own: ReadonlySet<string>,
  now: () => number = Date.now,
): () => readonly UpstreamServer[] {
  let servers: readonly UpstreamServer[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  let stamp = "";
  return () => {
    if (now() - lookedAt < 5_000) return servers;
    lookedAt = now();
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const seen = `${mtimeMs} ${size} ${ino}`;
      if (seen !== stamp) {
        servers = parseResolvConf(readFileSync(path, "utf8")).filter((s) => !own.has(s.address));
        stamp = seen;
      }
    } catch {
      // A file that is being replaced: what we know still holds.
    }
    return servers;
  };
}
