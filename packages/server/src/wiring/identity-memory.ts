import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { UseMemory } from "@bulkhead/apiserver";
import { type InstancePaths, writeDurably } from "@bulkhead/host";

/** What pods' identities are used for, in the API server's own folder. No secret is in it; whoever writes it, writes the store. */
export function identityMemory({ apiserver }: InstancePaths): UseMemory {
  const file = join(apiserver, "identities.json");
  return {
    load: () => (existsSync(file) ? readFileSync(file, "utf8") : undefined),
    save: (text) => writeDurably(file, text, 0o600),
  };
}
