import { join } from "node:path";
import { type InstancePaths, mustRun, type Progress } from "@bulkhead/host";

/** Stops every container of the instance, with their grace. */
export async function drain(paths: InstancePaths, progress: Progress): Promise<void> {
  progress.step("stopping the containers");
  await mustRun([join(paths.programs, "node"), join(paths.programs, "prepare.mjs"), paths.root, "drain"]);
}
