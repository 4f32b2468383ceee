import type { Control } from "../control.ts";
import { workloadPrivileged } from "./workload-privileged/control.ts";

/** Every control that we ship, by area and then by name. */
export const controls: readonly Control[] = [workloadPrivileged];
