import type { Control } from "../control.ts";
import { kubeProxyMetrics } from "./kube-proxy-metrics/control.ts";
import { kubeletAnonymousAuth } from "./kubelet-anonymous-auth/control.ts";
import { kubeletAuthorization } from "./kubelet-authorization/control.ts";
import { kubeletCertificateRotation } from "./kubelet-certificate-rotation/control.ts";
import { kubeletClientAuthority } from "./kubelet-client-authority/control.ts";
import { kubeletIdleStreams } from "./kubelet-idle-streams/control.ts";
import { kubeletIptablesChains } from "./kubelet-iptables-chains/control.ts";
import { kubeletReadOnlyPort } from "./kubelet-read-only-port/control.ts";
import { kubeletServingCertificate } from "./kubelet-serving-certificate/control.ts";
import { kubeletTlsCiphers } from "./kubelet-tls-ciphers/control.ts";
import { nodeAddressRandomisation } from "./node-address-randomisation/control.ts";
import { nodeAutomaticUpdates } from "./node-automatic-updates/control.ts";
import { nodeClock } from "./node-clock/control.ts";
import { nodeDiskEncryption } from "./node-disk-encryption/control.ts";
import { nodeFileModes } from "./node-file-modes/control.ts";
import { nodeKernelAddresses } from "./node-kernel-addresses/control.ts";
import { nodeKernelLog } from "./node-kernel-log/control.ts";
import { nodeLinkProtection } from "./node-link-protection/control.ts";
import { nodeListeners } from "./node-listeners/control.ts";
import { nodeMandatoryAccess } from "./node-mandatory-access/control.ts";
import { nodePerfEvents } from "./node-perf-events/control.ts";
import { nodePtrace } from "./node-ptrace/control.ts";
import { nodeRebootRequired } from "./node-reboot-required/control.ts";
import { nodeSecurityUpdates } from "./node-security-updates/control.ts";
import { nodeSshPassword } from "./node-ssh-password/control.ts";
import { nodeSwap } from "./node-swap/control.ts";
import { nodeUnprivilegedBpf } from "./node-unprivileged-bpf/control.ts";
import { nodeUnprivilegedUserNamespaces } from "./node-unprivileged-user-namespaces/control.ts";

export const nodeControls: readonly Control[] = [
  nodeKernelAddresses,
  nodeKernelLog,
  nodeUnprivilegedBpf,
  nodePtrace,
  nodeUnprivilegedUserNamespaces,
  nodePerfEvents,
  nodeLinkProtection,
  nodeAddressRandomisation,
  nodeSwap,
  nodeMandatoryAccess,
  nodeRebootRequired,
  nodeSecurityUpdates,
  nodeAutomaticUpdates,
  nodeDiskEncryption,
  nodeFileModes,
  nodeListeners,
  nodeSshPassword,
  nodeClock,
  kubeletAnonymousAuth,
  kubeletAuthorization,
  kubeletReadOnlyPort,
  kubeletCertificateRotation,
  kubeletIdleStreams,
  kubeletIptablesChains,
  kubeletServingCertificate,
  kubeletClientAuthority,
  kubeletTlsCiphers,
  kubeProxyMetrics,
];
