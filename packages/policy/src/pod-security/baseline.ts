import type { Check } from "./check.ts";
import {
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  windowsHostProcess,
} from "./host-checks.ts";
import { capabilities, procMount, seccompProfile, sysctls } from "./kernel-checks.ts";
import { appArmorProfile, seLinuxOptions } from "./lsm-checks.ts";

/** The baseline standard, in the order in which upstream tells its violations. */
export const baselineChecks: readonly Check[] = [
  appArmorProfile,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile,
  sysctls,
  windowsHostProcess,
];
