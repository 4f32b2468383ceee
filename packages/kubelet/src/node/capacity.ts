import { statfsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { formatQuantity, parseQuantity } from "@bulkhead/api";

export type Resources = Readonly<Record<string, string>>;

/** What the machine has, as a Node tells it. */
export function capacity(maxPods: number, root: string): Resources {
  const disk = statfsSync(root);
  return {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor((disk.blocks * disk.bsize) / 1024)}Ki`,
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    pods: String(maxPods),
  };
}

/** What is left for pods. */
export const allocatable = (capacity: Resources, reserved: Resources): Resources =>
  Object.fromEntries(
    Object.entries(capacity).map(([name, value]) => {
      const kept = reserved[name];
      if (kept === undefined) return [name, value];
      const all = parseQuantity(value);
      const left = all.nano - parseQuantity(kept).nano;
      return [name, formatQuantity({ nano: left < 0n ? 0n : left, format: all.format })];
    }),
  );
