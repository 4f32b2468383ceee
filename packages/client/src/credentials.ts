import { readFile, stat } from "node:fs/promises";

/** Headers that say who asks; called for every request, so it must be cheap. */
export type Authenticator = () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;

/** The other name under which a request is made; the server's impersonation rules apply. */
export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** A bearer token that never changes. */
export const bearerToken = (token: string): Authenticator => {
  const headers = { authorization: `Bearer ${token}` };
  return () => headers;
};

/** A token in a file, looked at again after `maxAge` milliseconds (10 s): projected tokens are renewed in place. */
export function tokenFile(path: string, maxAge = 10_000): Authenticator {
  let headers: Record<string, string> | undefined;
  let read = 0;
  let modified = -1;
  return async () => {
    const now = Date.now();
    if (headers !== undefined && now - read < maxAge) return headers;
    const { mtimeMs } = await stat(path);
    if (headers === undefined || mtimeMs !== modified) {
      headers = { authorization: `Bearer ${(await readFile(path, "utf8")).trim()}` };
      modified = mtimeMs;
    }
    read = now;
    return headers;
  };
}

/** Adds Impersonate-* headers. Groups travel as one header with several values, which HTTP/2 sends as several fields. */
export const impersonationHeaders = (as: Impersonation): Record<string, string | string[]> => ({
  "impersonate-user": as.user,
  ...(as.groups === undefined || as.groups.length === 0 ? {} : { "impersonate-group": [...as.groups] }),
});
