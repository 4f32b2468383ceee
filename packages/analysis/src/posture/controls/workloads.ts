import { isClusterPart } from "../../deciders/cluster-parts.ts";
import type { Control } from "../control.ts";
import { workloadApiProxy } from "./workload-api-proxy/control.ts";
import { workloadApparmorOff } from "./workload-apparmor-off/control.ts";
import { workloadBarePod } from "./workload-bare-pod/control.ts";
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
import { workloadControlPlaneToleration } from "./workload-control-plane-toleration/control.ts";
import { workloadCpuUnrequested } from "./workload-cpu-unrequested/control.ts";
import { workloadDebugContainer } from "./workload-debug-container/control.ts";
import { workloadDebugPort } from "./workload-debug-port/control.ts";
import { workloadDockerTcp } from "./workload-docker-tcp/control.ts";
import { workloadDownloadRun } from "./workload-download-run/control.ts";
import { workloadEntersHost } from "./workload-enters-host/control.ts";
import { workloadGitRepoVolume } from "./workload-git-repo-volume/control.ts";
import { workloadHostAliases } from "./workload-host-aliases/control.ts";
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
import { workloadHostUsers } from "./workload-host-users/control.ts";
import { workloadLoginOff } from "./workload-login-off/control.ts";
import { workloadMemoryUnlimited } from "./workload-memory-unlimited/control.ts";
import { workloadMiner } from "./workload-miner/control.ts";
import { workloadMountPropagation } from "./workload-mount-propagation/control.ts";
import { workloadNodeName } from "./workload-node-name/control.ts";
import { workloadPackageInstall } from "./workload-package-install/control.ts";
import { workloadPrivilegeEscalation } from "./workload-privilege-escalation/control.ts";
import { workloadPrivileged } from "./workload-privileged/control.ts";
import { workloadProcMount } from "./workload-proc-mount/control.ts";
import { workloadProcMountNested } from "./workload-proc-mount-nested/control.ts";
import { workloadReverseShell } from "./workload-reverse-shell/control.ts";
import { workloadRootGroup } from "./workload-root-group/control.ts";
import { workloadRunAsNonRoot } from "./workload-run-as-non-root/control.ts";
import { workloadRunAsRoot } from "./workload-run-as-root/control.ts";
import { workloadSeccompMissing } from "./workload-seccomp-missing/control.ts";
import { workloadSeccompUnconfined } from "./workload-seccomp-unconfined/control.ts";
import { workloadSelinuxOptions } from "./workload-selinux-options/control.ts";
import { workloadSharedProcesses } from "./workload-shared-processes/control.ts";
import { workloadSshDaemon } from "./workload-ssh-daemon/control.ts";
import { workloadStorageUnlimited } from "./workload-storage-unlimited/control.ts";
import { workloadSysctls } from "./workload-sysctls/control.ts";
import { workloadSystemPriority } from "./workload-system-priority/control.ts";
import { workloadTokenShared } from "./workload-token-shared/control.ts";
import { workloadTokenUnused } from "./workload-token-unused/control.ts";
import { workloadUnprobed } from "./workload-unprobed/control.ts";
import { workloadVerificationOff } from "./workload-verification-off/control.ts";
import { workloadVolumeTypes } from "./workload-volume-types/control.ts";
import { workloadWindowsHostProcess } from "./workload-windows-host-process/control.ts";
import { workloadWritableRoot } from "./workload-writable-root/control.ts";

/** What a cluster itself is made of raises no alarm that nobody could act on. */
const sparingClusterParts = (control: Control): Control => ({
  ...control,
  check: (object, view) => (isClusterPart(object) ? "not-applicable" : control.check(object, view)),
});

export const workloadsControls: readonly Control[] = [
  workloadApiProxy,
  workloadApparmorOff,
  workloadBarePod,
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
  workloadControlPlaneToleration,
  workloadCpuUnrequested,
  workloadDebugContainer,
  workloadDebugPort,
  workloadDockerTcp,
  workloadDownloadRun,
  workloadEntersHost,
  workloadGitRepoVolume,
  workloadHostAliases,
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
  workloadHostUsers,
  workloadLoginOff,
  workloadMemoryUnlimited,
  workloadMiner,
  workloadMountPropagation,
  workloadNodeName,
  workloadPackageInstall,
  workloadPrivilegeEscalation,
  workloadPrivileged,
  workloadProcMount,
  workloadProcMountNested,
  workloadReverseShell,
  workloadRootGroup,
  workloadRunAsNonRoot,
  workloadRunAsRoot,
  workloadSeccompMissing,
  workloadSeccompUnconfined,
  workloadSelinuxOptions,
  workloadSharedProcesses,
  workloadSshDaemon,
  workloadStorageUnlimited,
  workloadSysctls,
  workloadSystemPriority,
  workloadTokenShared,
  workloadTokenUnused,
  workloadUnprobed,
  workloadVerificationOff,
  workloadVolumeTypes,
  workloadWindowsHostProcess,
  workloadWritableRoot,
].map(sparingClusterParts);
