import { type Catalogue, requirementsOf } from "./requirement.ts";

/** The Pod Security Standards: a rule a requirement, by the rule's level and its name in the admission plugin. */
export const pss: Catalogue = {
  requirements: requirementsOf(`
baseline/hostProbesAndHostLifecycle  Probes and lifecycle hooks name no other host
baseline/privileged  No container is privileged
baseline/hostNamespaces  No network, processes or IPC of the node
baseline/hostPathVolumes  No folders of the node as volumes
baseline/hostPorts  No ports of the node
baseline/appArmorProfile  AppArmor is not switched off
baseline/seLinuxOptions  SELinux types, users and roles are the harmless ones
baseline/procMount  /proc is masked as usual
baseline/seccompProfile_baseline  Seccomp is not switched off
baseline/sysctls  Only sysctls that stay within the pod
baseline/capabilities_baseline  No capabilities beyond the runtime's own
baseline/windowsHostProcess  No Windows host processes
restricted/allowPrivilegeEscalation  A process gains no more rights than its parent has
restricted/capabilities_restricted  All capabilities are dropped, and only NET_BIND_SERVICE comes back
restricted/procMount_restricted  /proc is masked as usual, in user namespaces too
restricted/restrictedVolumes  Only volume types that hold no foreign data
restricted/runAsNonRoot  Containers are declared not to run as root
restricted/runAsUser  No container's user is 0
restricted/seccompProfile_restricted  A seccomp profile is set
`),
};
