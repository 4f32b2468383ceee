import type { Control } from "../control.ts";
import { workloadPrivileged } from "./workload-privileged/control.ts";

export const workloadsControls: readonly Control[] = [workloadPrivileged];
