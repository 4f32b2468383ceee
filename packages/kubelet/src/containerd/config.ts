import type { MachineFacts } from "./machine.ts";

export interface ContainerdConfigOptions {
  /** Images, snapshots and the database: survives a reboot. */
  readonly root: string;
  /** What lives until the reboot: shims' bundles, network namespaces, runc's state. Created by containerd, 0711. */
  readonly state: string;
  /** containerd's own socket; at most 107 bytes. */
  readonly socket: string;
  /** Where containerd looks for `bin/` of its own additions; never the machine's /opt/containerd. */
  readonly opt: string;
  readonly runc: string;
  readonly cni: { readonly configDir: string; readonly binDir: string };
  /** `hosts.toml` and CA per registry, as containerd's certs.d. */
  readonly registryHosts: string;
  /** The image of the process that holds a pod's namespaces. Never collected. */
  readonly pauseImage: string;
  /** Pulls at once for one image, default 3. */
  readonly concurrentDownloads?: number;
  /** Containers' log lines are split at this many bytes, default 16,384. */
  readonly maxLogLine?: number;
  readonly machine: Pick<MachineFacts, "cgroups" | "apparmor" | "sysResource">;
}

/** What we never use; less code, fewer sockets, less memory. */
const unused = [
  "io.containerd.differ.v1.erofs",
  "io.containerd.internal.v1.tracing",
  "io.containerd.monitor.container.v1.restart",
  "io.containerd.monitor.task.v1.cgroups",
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs",
  "io.containerd.snapshotter.v1.native",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
];

/** A JSON string is a TOML basic string. */
const quote = (text: string): string => JSON.stringify(text);

/** Our own containerd's configuration (format 3, containerd 2.x): it shares no path and no socket with the machine's. */
export function containerdConfig(options: ContainerdConfigOptions): string {
  const { machine } = options;
  const cri = (part: string): string => `[plugins."io.containerd.cri.v1.${part}`;
  return `version = 3
root = ${quote(options.root)}
state = ${quote(options.state)}
oom_score = ${machine.sysResource ? -999 : 0}
disabled_plugins = [${unused.map(quote).join(", ")}]

[grpc]
address = ${quote(options.socket)}

[plugins."io.containerd.internal.v1.opt"]
path = ${quote(options.opt)}

[plugins."io.containerd.image-verifier.v1.bindir"]
bin_dir = ${quote(`${options.opt}/image-verifier`)}

[plugins."io.containerd.nri.v1.nri"]
disable = true

[plugins."io.containerd.grpc.v1.cri"]
disable_tcp_service = true
stream_server_address = "127.0.0.1"
stream_server_port = "0"
enable_tls_streaming = false

${cri("images")}"]
snapshotter = "overlayfs"
max_concurrent_downloads = ${options.concurrentDownloads ?? 3}

${cri("images")}".pinned_images]
sandbox = ${quote(options.pauseImage)}

${cri("images")}".registry]
config_path = ${quote(options.registryHosts)}

${cri("runtime")}"]
enable_selinux = false
enable_cdi = false
disable_apparmor = ${!machine.apparmor}
restrict_oom_score_adj = ${!machine.sysResource}
tolerate_missing_hugetlb_controller = true
netns_mounts_under_state_dir = true
enable_unprivileged_ports = true
enable_unprivileged_icmp = true
max_container_log_line_size = ${options.maxLogLine ?? 16_384}

${cri("runtime")}".cni]
bin_dirs = [${quote(options.cni.binDir)}]
conf_dir = ${quote(options.cni.configDir)}
max_conf_num = 1

${cri("runtime")}".containerd]
default_runtime_name = "runc"

${cri("runtime")}".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

${cri("runtime")}".containerd.runtimes.runc.options]
BinaryName = ${quote(options.runc)}
Root = ${quote(`${options.state}/runc`)}
SystemdCgroup = ${machine.cgroups.driver === "systemd"}
`;
}

/** A server that containerd asks for images. */
export interface RegistryServer {
  /** `https://HOST` or, where a person configured it, `http://HOST`. */
  readonly server: string;
  /** PEM file that its certificate must lead to. Absent: the machine's roots. */
  readonly caFile?: string;
  /** PEM files of the client certificate that is shown to it, and to its token service. Read anew at each pull. */
  readonly client?: { readonly certFile: string; readonly keyFile: string };
  /** Shown to it with every request, and to nobody that it sends us to. */
  readonly authorization?: string;
}

export interface RegistryHostOptions extends Omit<RegistryServer, "server"> {
  /** `127.0.0.1:5000`, the name that images carry. */
  readonly host: string;
  /** Where it really answers, default `https://HOST`. */
  readonly server?: string;
  /** Asked in order before the registry itself. */
  readonly mirrors?: readonly RegistryServer[];
}

const hostTable = ({ server, caFile, client, authorization }: RegistryServer): string => `
[host.${quote(server)}]
capabilities = ["pull", "resolve"]
${caFile === undefined ? "" : `ca = ${quote(caFile)}\n`}${
  client === undefined ? "" : `client = [[${quote(client.certFile)}, ${quote(client.keyFile)}]]\n`
}${authorization === undefined ? "" : `[host.${quote(server)}.header]\nauthorization = [${quote(authorization)}]\n`}`;

/** A registry's hosts.toml: its mirrors in order, then itself, no fall-back to any other. containerd reads it at each pull. */
export function registryHostsToml(options: RegistryHostOptions): string {
  const { server = `https://${options.host}`, mirrors = [] } = options;
  return `server = ${quote(server)}\n${[...mirrors, { ...options, server }].map(hostTable).join("")}`;
}
