import type { Pod } from "@bulkhead/api";
import { ConfigError } from "./config-error.ts";

/** One part of a path on the node: no slash, no dot in front, nothing that leads elsewhere. */
export const isPlainName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name);

/** The name, when it may be a part of a path on the node. Throws ConfigError. */
export function plainName(name: string): string {
  if (!isPlainName(name)) throw new ConfigError("BadPath", `${JSON.stringify(name.slice(0, 64))} is no plain name`);
  return name;
}

/** Whether a pod has names by which its folders and its control group can be called; another is none of ours. */
export const isAddressable = ({ metadata }: Pod): boolean =>
  [metadata.namespace, metadata.name, metadata.uid].every((name) => isPlainName(name ?? ""));
