import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetworkLayout } from "./plan.ts";

/** The CNI error code for a failure of the runtime's environment. */
const cniEnvironmentError = 100;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The plugin `ptp` as containerd sees it: the real one, run inside our namespace. Only the network namespace changes, so
 * that sandbox paths (`/proc/PID/ns/net` too) mean the same. Without the namespace nothing is added; removal goes on, so
 * that addresses are given back.
 */
export function cniWrapperScript(layout: NetworkLayout, plugin: string, nsenter: string): string {
  return `#!/bin/sh
netns=${quote(layout.netns)}
plugin=${quote(plugin)}
case "$CNI_COMMAND" in VERSION) exec "$plugin" "$@" ;; esac
if ${quote(nsenter)} --net="$netns" -- true 2>/dev/null; then
  exec ${quote(nsenter)} --net="$netns" -- "$plugin" "$@"
fi
case "$CNI_COMMAND" in DEL | GC) exec "$plugin" "$@" ;; esac
printf '{"cniVersion":"1.0.0","code":${cniEnvironmentError},"msg":"the network namespace %s is not there: the agent makes it when it starts"}\\n' "$netns"
exit 1
`;
}

/** The network's configuration list: one link per pod, addresses from the pod CIDR, kept below `ipamDir`. */
export function cniConfigList(layout: NetworkLayout, ipamDir: string, mtu?: number): string {
  const list = {
    cniVersion: "1.0.0",
    name: "bulkhead",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ...(mtu === undefined ? {} : { mtu }),
        ipam: {
          type: "host-local",
          dataDir: ipamDir,
          ranges: [[{ subnet: layout.podCidr, gateway: layout.gatewayAddress }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}

export interface CniFilesOptions {
  readonly layout: NetworkLayout;
  /** containerd's CNI `conf_dir` and `bin_dir`, both the instance's own. */
  readonly confDir: string;
  readonly binDir: string;
  /** Where host-local keeps which address is whose. */
  readonly ipamDir: string;
  /** Folder of the real plugins (ptp, host-local, loopback). */
  readonly pluginDir: string;
  /** Absolute path of nsenter; default /usr/bin/nsenter. */
  readonly nsenter?: string;
  /** Of the pods' links; default: that of the link to the host, which follows the host's way out. */
  readonly mtu?: number;
}

/** Undefined while the link is not there: pods then get the kernel's own. */
async function linkMtu(layout: NetworkLayout): Promise<number | undefined> {
  const text = await readFile(`/sys/class/net/${layout.hostInterface}/mtu`, "utf8").catch(() => "");
  return /^\d+\n$/.test(text) ? Number(text) : undefined;
}

async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, content, { mode });
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}

/** Writes wrapper, links to the real plugins and the configuration list; each file is replaced whole. */
export async function writeCniFiles(options: CniFilesOptions): Promise<void> {
  const { layout, confDir, binDir, ipamDir, pluginDir } = options;
  for (const dir of [confDir, binDir, ipamDir]) await mkdir(dir, { recursive: true, mode: 0o700 });
  const passOn = (name: string): string => `#!/bin/sh\nexec ${quote(join(pluginDir, name))} "$@"\n`;
  for (const name of ["host-local", "loopback"]) await replaceFile(join(binDir, name), passOn(name), 0o700);
  const wrapper = cniWrapperScript(layout, join(pluginDir, "ptp"), options.nsenter ?? "/usr/bin/nsenter");
  await replaceFile(join(binDir, "ptp"), wrapper, 0o700);
  await replaceFile(
    join(confDir, "10-bulkhead.conflist"),
    cniConfigList(layout, ipamDir, options.mtu ?? (await linkMtu(layout))),
    0o600,
  );
}
