import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  filterMeans,
  type InstancePaths,
  isFilterArchitecture,
  type ProcessSpec,
  processFilter,
  writeDurably,
} from "@bulkhead/host";

/** Writes the seccomp filter of the unprivileged processes; undefined where this machine cannot load it. */
export async function prepareFilter(paths: InstancePaths): Promise<ProcessSpec["filter"]> {
  const means = await filterMeans();
  if (means === undefined || !isFilterArchitecture(process.arch)) return undefined;
  const program = processFilter(process.arch);
  const file = join(paths.run, "seccomp.bpf");
  await writeDurably(file, program, 0o644);
  return { means, file, digest: createHash("sha256").update(program).digest("hex").slice(0, 16) };
}
