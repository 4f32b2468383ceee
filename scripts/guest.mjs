// npm run test:guest: Bulkhead in a real Debian 12 of its own: systemd, cgroup v2, AppArmor, a reboot, a power cut.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installPackages, repository, requireRoot, underPinnedNode } from "./setup.mjs";

requireRoot("npm run test:guest");

/** What makes and runs the guest, with the Debian package that has each. */
const programs = { "qemu-system-x86_64": "qemu-system-x86", mmdebstrap: "mmdebstrap", mke2fs: "e2fsprogs" };
const path = `${process.env.PATH}:/usr/sbin:/sbin`;
const missing = Object.entries(programs)
  .filter(([program]) => spawnSync("sh", ["-c", `command -v ${program}`], { env: { PATH: path } }).status !== 0)
  .map(([, debian]) => debian);
const skip = (why) => {
  process.stdout.write(`skipped: a real Debian machine inside (${why})\n0 passed, 0 failed, 1 skipped\n`);
  process.exit(0);
};
if (process.arch !== "x64") skip(`the guest is an x86-64 machine, and this one is ${process.arch}`);
if (missing.length > 0)
  skip(`needs ${missing.join(", ")}: apt-get install --no-install-recommends ${missing.join(" ")}`);

await installPackages();
const steps = [
  [join(repository, "scripts", "parts.ts"), join(repository, ".cache", "parts")],
  [join(repository, "scripts", "build.mjs")],
  [join(repository, "e2e", "guest", "main.ts"), repository],
];
for (const step of steps) {
  const code = await underPinnedNode(step, { env: { ...process.env, PATH: path } });
  if (code !== 0) process.exit(code);
}
