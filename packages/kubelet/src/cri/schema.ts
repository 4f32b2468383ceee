import { type Decoded, type Encodable, message, repeated, stringMap } from "./protobuf.ts";

/**
 * The messages of CRI v1 (k8s.io/cri-api, runtime.v1) that we use, and of each the fields that we use.
 * Enumerations stand beside as constants.
 */
export const namespaceMode = { POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3 } as const;
export const securityProfileType = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
export const mountPropagation = { PRIVATE: 0, HOST_TO_CONTAINER: 1, BIDIRECTIONAL: 2 } as const;
export const sandboxState = { READY: 0, NOTREADY: 1 } as const;
export const containerState = { CREATED: 0, RUNNING: 1, EXITED: 2, UNKNOWN: 3 } as const;
export const supplementalGroupsPolicy = { Merge: 0, Strict: 1 } as const;
export const protocols = { TCP: 0, UDP: 1, SCTP: 2 } as const;
/** Index in CRI's Signal enumeration. */
export const signals = [
  ..."RUNTIME_DEFAULT SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT".split(
    " ",
  ),
  ..."SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP".split(
    " ",
  ),
  ..."SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN".split(" "),
  ...Array.from({ length: 15 }, (_, i) => `SIGRTMIN+${i + 1}`),
  ...Array.from({ length: 14 }, (_, i) => `SIGRTMAX-${14 - i}`),
  "SIGRTMAX",
] as readonly string[];

const Empty = message({});
const Int64Value = message({ value: [1, "int64"] });
const UInt64Value = message({ value: [1, "uint64"] });

const DNSConfig = message({
  servers: [1, repeated("string")],
  searches: [2, repeated("string")],
  options: [3, repeated("string")],
});
const PortMapping = message({
  protocol: [1, "enum"],
  containerPort: [2, "int32"],
  hostPort: [3, "int32"],
  hostIp: [4, "string"],
});
const IDMapping = message({ hostId: [1, "uint32"], containerId: [2, "uint32"], length: [3, "uint32"] });
const ImageSpec = message({
  image: [1, "string"],
  annotations: [2, stringMap],
  userSpecifiedImage: [18, "string"],
  imageRef: [20, "string"],
});
const Mount = message({
  containerPath: [1, "string"],
  hostPath: [2, "string"],
  readonly: [3, "bool"],
  propagation: [5, "enum"],
  uidMappings: [6, repeated(IDMapping)],
  gidMappings: [7, repeated(IDMapping)],
  recursiveReadOnly: [8, "bool"],
  image: [9, ImageSpec],
  imageSubPath: [10, "string"],
});
const UserNamespace = message({ mode: [1, "enum"], uids: [2, repeated(IDMapping)], gids: [3, repeated(IDMapping)] });
const NamespaceOption = message({
  network: [1, "enum"],
  pid: [2, "enum"],
  ipc: [3, "enum"],
  targetId: [4, "string"],
  usernsOptions: [5, UserNamespace],
});
const SecurityProfile = message({ profileType: [1, "enum"], localhostRef: [2, "string"] });
const SELinuxOption = message({
  user: [1, "string"],
  role: [2, "string"],
  type: [3, "string"],
  level: [4, "string"],
});
const HugepageLimit = message({ pageSize: [1, "string"], limit: [2, "uint64"] });
const LinuxContainerResources = message({
  cpuPeriod: [1, "int64"],
  cpuQuota: [2, "int64"],
  cpuShares: [3, "int64"],
  memoryLimitInBytes: [4, "int64"],
  oomScoreAdj: [5, "int64"],
  hugepageLimits: [8, repeated(HugepageLimit)],
  unified: [9, stringMap],
  memorySwapLimitInBytes: [10, "int64"],
});
const LinuxSandboxSecurityContext = message({
  namespaceOptions: [1, NamespaceOption],
  selinuxOptions: [2, SELinuxOption],
  runAsUser: [3, Int64Value],
  readonlyRootfs: [4, "bool"],
  supplementalGroups: [5, repeated("int64")],
  privileged: [6, "bool"],
  runAsGroup: [8, Int64Value],
  seccomp: [9, SecurityProfile],
  apparmor: [10, SecurityProfile],
  supplementalGroupsPolicy: [11, "enum"],
});
const LinuxPodSandboxConfig = message({
  cgroupParent: [1, "string"],
  securityContext: [2, LinuxSandboxSecurityContext],
  sysctls: [3, stringMap],
  overhead: [4, LinuxContainerResources],
  resources: [5, LinuxContainerResources],
});
const PodSandboxMetadata = message({
  name: [1, "string"],
  uid: [2, "string"],
  namespace: [3, "string"],
  attempt: [4, "uint32"],
});
const PodSandboxConfig = message({
  metadata: [1, PodSandboxMetadata],
  hostname: [2, "string"],
  logDirectory: [3, "string"],
  dnsConfig: [4, DNSConfig],
  portMappings: [5, repeated(PortMapping)],
  labels: [6, stringMap],
  annotations: [7, stringMap],
  linux: [8, LinuxPodSandboxConfig],
});
const PodIP = message({ ip: [1, "string"] });
const PodSandboxNetworkStatus = message({ ip: [1, "string"], additionalIps: [2, repeated(PodIP)] });
const Namespace = message({ options: [2, NamespaceOption] });
const LinuxPodSandboxStatus = message({ namespaces: [1, Namespace] });
const PodSandboxStatus = message({
  id: [1, "string"],
  metadata: [2, PodSandboxMetadata],
  state: [3, "enum"],
  createdAt: [4, "int64"],
  network: [5, PodSandboxNetworkStatus],
  linux: [6, LinuxPodSandboxStatus],
  labels: [7, stringMap],
  annotations: [8, stringMap],
});
const PodSandboxFilter = message({ id: [1, "string"], labelSelector: [3, stringMap] });
const PodSandbox = message({
  id: [1, "string"],
  metadata: [2, PodSandboxMetadata],
  state: [3, "enum"],
  createdAt: [4, "int64"],
  labels: [5, stringMap],
  annotations: [6, stringMap],
});

const Capability = message({ addCapabilities: [1, repeated("string")], dropCapabilities: [2, repeated("string")] });
const LinuxContainerSecurityContext = message({
  capabilities: [1, Capability],
  privileged: [2, "bool"],
  namespaceOptions: [3, NamespaceOption],
  selinuxOptions: [4, SELinuxOption],
  runAsUser: [5, Int64Value],
  runAsUsername: [6, "string"],
  readonlyRootfs: [7, "bool"],
  supplementalGroups: [8, repeated("int64")],
  noNewPrivs: [11, "bool"],
  runAsGroup: [12, Int64Value],
  maskedPaths: [13, repeated("string")],
  readonlyPaths: [14, repeated("string")],
  seccomp: [15, SecurityProfile],
  apparmor: [16, SecurityProfile],
  supplementalGroupsPolicy: [17, "enum"],
});
const LinuxContainerConfig = message({
  resources: [1, LinuxContainerResources],
  securityContext: [2, LinuxContainerSecurityContext],
});
const ContainerMetadata = message({ name: [1, "string"], attempt: [2, "uint32"] });
const KeyValue = message({ key: [1, "string"], value: [2, "string"] });
const ContainerConfig = message({
  metadata: [1, ContainerMetadata],
  image: [2, ImageSpec],
  command: [3, repeated("string")],
  args: [4, repeated("string")],
  workingDir: [5, "string"],
  envs: [6, repeated(KeyValue)],
  mounts: [7, repeated(Mount)],
  labels: [9, stringMap],
  annotations: [10, stringMap],
  logPath: [11, "string"],
  stdin: [12, "bool"],
  stdinOnce: [13, "bool"],
  tty: [14, "bool"],
  linux: [15, LinuxContainerConfig],
  stopSignal: [18, "enum"],
});
const ContainerFilter = message({ id: [1, "string"], podSandboxId: [3, "string"], labelSelector: [4, stringMap] });
const Container = message({
  id: [1, "string"],
  podSandboxId: [2, "string"],
  metadata: [3, ContainerMetadata],
  image: [4, ImageSpec],
  imageRef: [5, "string"],
  state: [6, "enum"],
  createdAt: [7, "int64"],
  labels: [8, stringMap],
  annotations: [9, stringMap],
  imageId: [10, "string"],
});
const LinuxContainerUser = message({
  uid: [1, "int64"],
  gid: [2, "int64"],
  supplementalGroups: [3, repeated("int64")],
});
const ContainerUser = message({ linux: [1, LinuxContainerUser] });
const ContainerStatus = message({
  id: [1, "string"],
  metadata: [2, ContainerMetadata],
  state: [3, "enum"],
  createdAt: [4, "int64"],
  startedAt: [5, "int64"],
  finishedAt: [6, "int64"],
  exitCode: [7, "int32"],
  image: [8, ImageSpec],
  imageRef: [9, "string"],
  reason: [10, "string"],
  message: [11, "string"],
  labels: [12, stringMap],
  annotations: [13, stringMap],
  logPath: [15, "string"],
  imageId: [17, "string"],
  user: [18, ContainerUser],
});

const FilesystemIdentifier = message({ mountpoint: [1, "string"] });
const FilesystemUsage = message({
  timestamp: [1, "int64"],
  fsId: [2, FilesystemIdentifier],
  usedBytes: [3, UInt64Value],
  inodesUsed: [4, UInt64Value],
});
const CpuUsage = message({
  timestamp: [1, "int64"],
  usageCoreNanoSeconds: [2, UInt64Value],
  usageNanoCores: [3, UInt64Value],
});
const MemoryUsage = message({
  timestamp: [1, "int64"],
  workingSetBytes: [2, UInt64Value],
  availableBytes: [3, UInt64Value],
  usageBytes: [4, UInt64Value],
  rssBytes: [5, UInt64Value],
  pageFaults: [6, UInt64Value],
  majorPageFaults: [7, UInt64Value],
});
const ContainerAttributes = message({
  id: [1, "string"],
  metadata: [2, ContainerMetadata],
  labels: [3, stringMap],
  annotations: [4, stringMap],
});
const ContainerStats = message({
  attributes: [1, ContainerAttributes],
  cpu: [2, CpuUsage],
  memory: [3, MemoryUsage],
  writableLayer: [4, FilesystemUsage],
});
const NetworkInterfaceUsage = message({
  name: [1, "string"],
  rxBytes: [2, UInt64Value],
  rxErrors: [3, UInt64Value],
  txBytes: [4, UInt64Value],
  txErrors: [5, UInt64Value],
});
const NetworkUsage = message({ timestamp: [1, "int64"], defaultInterface: [2, NetworkInterfaceUsage] });
const ProcessUsage = message({ timestamp: [1, "int64"], processCount: [2, UInt64Value] });
const PodSandboxAttributes = message({
  id: [1, "string"],
  metadata: [2, PodSandboxMetadata],
  labels: [3, stringMap],
});
const LinuxPodSandboxStats = message({
  cpu: [1, CpuUsage],
  memory: [2, MemoryUsage],
  network: [3, NetworkUsage],
  process: [4, ProcessUsage],
  containers: [5, repeated(ContainerStats)],
});
const PodSandboxStats = message({ attributes: [1, PodSandboxAttributes], linux: [2, LinuxPodSandboxStats] });

const Image = message({
  id: [1, "string"],
  repoTags: [2, repeated("string")],
  repoDigests: [3, repeated("string")],
  size: [4, "uint64"],
  uid: [5, Int64Value],
  username: [6, "string"],
  spec: [7, ImageSpec],
  pinned: [8, "bool"],
});
const AuthConfig = message({
  username: [1, "string"],
  password: [2, "string"],
  auth: [3, "string"],
  serverAddress: [4, "string"],
  identityToken: [5, "string"],
  registryToken: [6, "string"],
});
const RuntimeCondition = message({
  type: [1, "string"],
  status: [2, "bool"],
  reason: [3, "string"],
  message: [4, "string"],
});
const RuntimeStatus = message({ conditions: [1, repeated(RuntimeCondition)] });
const RuntimeHandlerFeatures = message({ recursiveReadOnlyMounts: [1, "bool"], userNamespaces: [2, "bool"] });
const RuntimeHandler = message({ name: [1, "string"], features: [2, RuntimeHandlerFeatures] });
const RuntimeFeatures = message({ supplementalGroupsPolicy: [1, "bool"] });
const LinuxRuntimeConfiguration = message({ cgroupDriver: [1, "enum"] });

const byContainer = message({ containerId: [1, "string"] });
const bySandbox = message({ podSandboxId: [1, "string"] });
const url = message({ url: [1, "string"] });

/** Every unary call that we make: request and answer. The name is the RPC's. */
export const runtimeCalls = {
  Version: [
    message({ version: [1, "string"] }),
    message({ version: [1, "string"], runtimeName: [2, "string"], runtimeVersion: [3, "string"] }),
  ],
  RunPodSandbox: [message({ config: [1, PodSandboxConfig], runtimeHandler: [2, "string"] }), bySandbox],
  StopPodSandbox: [bySandbox, Empty],
  RemovePodSandbox: [bySandbox, Empty],
  PodSandboxStatus: [
    message({ podSandboxId: [1, "string"], verbose: [2, "bool"] }),
    message({ status: [1, PodSandboxStatus], info: [2, stringMap] }),
  ],
  ListPodSandbox: [message({ filter: [1, PodSandboxFilter] }), message({ items: [1, repeated(PodSandbox)] })],
  CreateContainer: [
    message({ podSandboxId: [1, "string"], config: [2, ContainerConfig], sandboxConfig: [3, PodSandboxConfig] }),
    byContainer,
  ],
  StartContainer: [byContainer, Empty],
  StopContainer: [message({ containerId: [1, "string"], timeout: [2, "int64"] }), Empty],
  RemoveContainer: [byContainer, Empty],
  ListContainers: [message({ filter: [1, ContainerFilter] }), message({ containers: [1, repeated(Container)] })],
  ContainerStatus: [
    message({ containerId: [1, "string"], verbose: [2, "bool"] }),
    message({ status: [1, ContainerStatus], info: [2, stringMap] }),
  ],
  UpdateContainerResources: [message({ containerId: [1, "string"], linux: [2, LinuxContainerResources] }), Empty],
  ReopenContainerLog: [byContainer, Empty],
  ExecSync: [
    message({ containerId: [1, "string"], cmd: [2, repeated("string")], timeout: [3, "int64"] }),
    message({ stdout: [1, "bytes"], stderr: [2, "bytes"], exitCode: [3, "int32"] }),
  ],
  Exec: [
    message({
      containerId: [1, "string"],
      cmd: [2, repeated("string")],
      tty: [3, "bool"],
      stdin: [4, "bool"],
      stdout: [5, "bool"],
      stderr: [6, "bool"],
    }),
    url,
  ],
  Attach: [
    message({
      containerId: [1, "string"],
      stdin: [2, "bool"],
      tty: [3, "bool"],
      stdout: [4, "bool"],
      stderr: [5, "bool"],
    }),
    url,
  ],
  PortForward: [message({ podSandboxId: [1, "string"], port: [2, repeated("int32")] }), url],
  ListPodSandboxStats: [Empty, message({ stats: [1, repeated(PodSandboxStats)] })],
  ListContainerStats: [Empty, message({ stats: [1, repeated(ContainerStats)] })],
  Status: [
    message({ verbose: [1, "bool"] }),
    message({
      status: [1, RuntimeStatus],
      info: [2, stringMap],
      runtimeHandlers: [3, repeated(RuntimeHandler)],
      features: [4, RuntimeFeatures],
    }),
  ],
  RuntimeConfig: [Empty, message({ linux: [1, LinuxRuntimeConfiguration] })],
} as const;

export const imageCalls = {
  ListImages: [Empty, message({ images: [1, repeated(Image)] })],
  ImageStatus: [
    message({ image: [1, ImageSpec], verbose: [2, "bool"] }),
    message({ image: [1, Image], info: [2, stringMap] }),
  ],
  PullImage: [
    message({ image: [1, ImageSpec], auth: [2, AuthConfig], sandboxConfig: [3, PodSandboxConfig] }),
    message({ imageRef: [1, "string"] }),
  ],
  RemoveImage: [message({ image: [1, ImageSpec] }), Empty],
  ImageFsInfo: [Empty, message({ imageFilesystems: [1, repeated(FilesystemUsage)] })],
} as const;

/** The stream that GetContainerEvents answers. */
export const ContainerEvent = message({
  containerId: [1, "string"],
  type: [2, "enum"],
  createdAt: [3, "int64"],
  podSandboxStatus: [4, PodSandboxStatus],
});
export const GetEvents = Empty;

export const healthCheck = [message({ service: [1, "string"] }), message({ status: [1, "enum"] })] as const;

export type CriSandbox = Decoded<typeof PodSandbox>;
export type CriSandboxConfig = Encodable<typeof PodSandboxConfig>;
export type CriContainer = Decoded<typeof Container>;
export type CriContainerStatus = Decoded<typeof ContainerStatus>;
export type CriContainerConfig = Encodable<typeof ContainerConfig>;
export type CriSecurityContext = Encodable<typeof LinuxContainerSecurityContext>;
export type CriNamespaceOption = Encodable<typeof NamespaceOption>;
export type CriSecurityProfile = Encodable<typeof SecurityProfile>;
export type CriResources = Encodable<typeof LinuxContainerResources>;
export type CriMount = Encodable<typeof Mount>;
export type CriIdMapping = Encodable<typeof IDMapping>;
export type CriDnsConfig = Encodable<typeof DNSConfig>;
export type CriPortMapping = Encodable<typeof PortMapping>;
export type CriImage = Decoded<typeof Image>;
export type CriAuth = Encodable<typeof AuthConfig>;
export type CriContainerStats = Decoded<typeof ContainerStats>;
export type CriSandboxStats = Decoded<typeof PodSandboxStats>;
export type CriContainerEvent = Decoded<typeof ContainerEvent>;
