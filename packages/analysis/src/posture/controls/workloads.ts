import type { Control } from "../control.ts";
import { workloadApparmorOff } from "./workload-apparmor-off/control.ts";
import { workloadCapabilitiesAdded } from "./workload-capabilities-added/control.ts";
import { workloadCapabilitiesKept } from "./workload-capabilities-kept/control.ts";
import { workloadCapabilitiesRestricted } from "./workload-capabilities-restricted/control.ts";
import { workloadCapabilityAll } from "./workload-capability-all/control.ts";
import { workloadCapabilityBpf } from "./workload-capability-bpf/control.ts";
import { workloadCapabilityDacReadSearch } from "./workload-capability-dac-read-search/control.ts";
import { workloadCapabilityNetAdmin } from "./workload-capability-net-admin/control.ts";
import { workloadCapabilityNetRaw } from "./workload-capability-net-raw/control.ts";
import { workloadCapabilitySysAdmin } from "./workload-capability-sys-admin/control.ts";
import { workloadCapabilitySysModule } from "./workload-capability-sys-module/control.ts";
import { workloadCapabilitySysPtrace } from "./workload-capability-sys-ptrace/control.ts";
import { workloadGitRepoVolume } from "./workload-git-repo-volume/control.ts";
import { workloadHostIpc } from "./workload-host-ipc/control.ts";
import { workloadHostNetwork } from "./workload-host-network/control.ts";
import { workloadHostPath } from "./workload-host-path/control.ts";
import { workloadHostPathConfiguration } from "./workload-host-path-configuration/control.ts";
import { workloadHostPathDevices } from "./workload-host-path-devices/control.ts";
import { workloadHostPathKernel } from "./workload-host-path-kernel/control.ts";
import { workloadHostPathLogs } from "./workload-host-path-logs/control.ts";
import { workloadHostPathPrograms } from "./workload-host-path-programs/control.ts";
import { workloadHostPathRoot } from "./workload-host-path-root/control.ts";
import { workloadHostPathRuntimeSocket } from "./workload-host-path-runtime-socket/control.ts";
import { workloadHostPathState } from "./workload-host-path-state/control.ts";
import { workloadHostPid } from "./workload-host-pid/control.ts";
import { workloadHostPorts } from "./workload-host-ports/control.ts";
import { workloadHostProbes } from "./workload-host-probes/control.ts";
import { workloadPrivilegeEscalation } from "./workload-privilege-escalation/control.ts";
import { workloadPrivileged } from "./workload-privileged/control.ts";
import { workloadProcMount } from "./workload-proc-mount/control.ts";
import { workloadProcMountNested } from "./workload-proc-mount-nested/control.ts";
import { workloadRunAsNonRoot } from "./workload-run-as-non-root/control.ts";
import { workloadRunAsRoot } from "./workload-run-as-root/control.ts";
import { workloadSeccompMissing } from "./workload-seccomp-missing/control.ts";
import { workloadSeccompUnconfined } from "./workload-seccomp-unconfined/control.ts";
import { workloadSelinuxOptions } from "./workload-selinux-options/control.ts";
import { workloadSysctls } from "./workload-sysctls/control.ts";
import { workloadVolumeTypes } from "./workload-volume-types/control.ts";
import { workloadWindowsHostProcess } from "./workload-windows-host-process/control.ts";

export const workloadsControls: readonly Control[] = [
  workloadApparmorOff,
  workloadCapabilitiesAdded,
  workloadCapabilitiesKept,
  workloadCapabilitiesRestricted,
  workloadCapabilityAll,
  workloadCapabilityBpf,
  workloadCapabilityDacReadSearch,
  workloadCapabilityNetAdmin,
  workloadCapabilityNetRaw,
  workloadCapabilitySysAdmin,
  workloadCapabilitySysModule,
  workloadCapabilitySysPtrace,
  workloadGitRepoVolume,
  workloadHostIpc,
  workloadHostNetwork,
  workloadHostPath,
  workloadHostPathConfiguration,
  workloadHostPathDevices,
  workloadHostPathKernel,
  workloadHostPathLogs,
  workloadHostPathPrograms,
  workloadHostPathRoot,
  workloadHostPathRuntimeSocket,
  workloadHostPathState,
  workloadHostPid,
  workloadHostPorts,
  workloadHostProbes,
  workloadPrivilegeEscalation,
  workloadPrivileged,
  workloadProcMount,
  workloadProcMountNested,
  workloadRunAsNonRoot,
  workloadRunAsRoot,
  workloadSeccompMissing,
  workloadSeccompUnconfined,
  workloadSelinuxOptions,
  workloadSysctls,
  workloadVolumeTypes,
  workloadWindowsHostProcess,
];
