import { createHash } from "node:crypto";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { User } from "../authentication/user.ts";

/** Whom the machine's registry is to the API server when it tells what was pushed. */
export const registryNotifier: User = { name: "system:bulkhead:registry", uid: "", groups: [], extra: {} };

/** SHA-256 of the registry's secret, hex: all that the API server has of it. */
export const notifierDigest = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Knows the registry by its secret. `digests`: of the present one and the one before, while the registry still has it. */
export function notifierAuthenticator(digests: () => ReadonlySet<string>): Authenticator {
  return {
    name: "registry-notifier",
    authenticate: ({ bearer }) =>
      bearer !== undefined && digests().has(notifierDigest(bearer))
        ? { outcome: "known", user: registryNotifier }
        : { outcome: "none" },
  };
}
