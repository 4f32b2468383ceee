import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { BaseImage } from "./base-image.ts";
import { type Line, parseLine } from "./line.ts";

export interface MachineOptions {
  readonly base: BaseImage;
  /** The guest's own root disk; written past the host's cache, so that what it holds after a kill is what was synced. */
  readonly disk: string;
  readonly product: string;
  /** File that takes what the guest's kernel and systemd say. */
  readonly console: string;
  /** Added to the kernel's command line. */
  readonly settings: readonly string[];
}

/** A running guest. */
export interface Machine {
  readonly pid: number | undefined;
  /** What it tells, until it is off. */
  readonly lines: AsyncIterable<Line>;
  /** Resolves when it is off. */
  readonly off: Promise<void>;
  /** As pulling the plug. */
  cut(): void;
}

/** Switches the guest on. Software emulation: the host's own virtualisation may be missing or fail under load. */
export function switchOn(options: MachineOptions): Machine {
  const { base } = options;
  const drive = (file: string, more: string): string => `file=${file},format=raw,if=virtio,${more}`;
  const child = spawn(
    "qemu-system-x86_64",
    [
      ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
      ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "3072", "-nic", "none"],
      ["-device", "virtio-rng-pci"],
      ["-drive", drive(options.disk, "cache=none")],
      ["-drive", drive(options.product, "readonly=on")],
      ["-serial", `file:${options.console}`, "-serial", "stdio"],
      ["-kernel", base.kernel, "-initrd", base.initrd],
      ["-append", ["root=/dev/vda", "rw", "console=ttyS0", "loglevel=4", ...options.settings].join(" ")],
    ].flat(),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const off = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  return {
    pid: child.pid,
    lines: linesOf(createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })),
    off,
    cut: () => void child.kill("SIGKILL"),
  };
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  for await (const text of texts) {
    const line = parseLine(text);
    if (line !== undefined) yield line;
  }
}
