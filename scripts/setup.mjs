// Plain JavaScript for any Node from 18 on: runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the program with one clear line: what, where, what to do. */
export function stop(message, code = 2) {
  process.stderr.write(`bulkhead: ${message}\n`);
  process.exit(code);
}

export function requireRoot(what) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 18) stop(`Node ${process.versions.node} is too old to begin with; install Node 18 or newer`);
  if (process.platform !== "linux") stop(`${what} needs Linux; this is ${process.platform}`);
  if (process.getuid() !== 0) stop(`${what} starts containers and must run as root: sudo ${what}`);
}

/** Runs a program, its output on ours; resolves with its exit code. */
export function attached(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "inherit", cwd: repository, ...options });
    child.on("error", (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** True where node_modules holds what the lock file asks for. */
function packagesCurrent() {
  const lock = join(repository, "package-lock.json");
  const mark = join(repository, "node_modules", ".package-lock.json");
  if (!existsSync(mark) || !existsSync(pinnedNode())) return false;
  return statSync(mark).mtimeMs >= statSync(lock).mtimeMs || sameVersions(lock, mark);
}

function sameVersions(lock, mark) {
  const versions = (file) => {
    const { packages } = JSON.parse(readFileSync(file, "utf8"));
    return new Map(Object.entries(packages).map(([path, entry]) => [path, entry]));
  };
  const here = versions(mark);
  for (const [path, entry] of versions(lock)) {
    if (path === "" || entry.link || !path.startsWith("node_modules/") || entry.optional) continue;
    if (here.get(path)?.version !== entry.version) return false;
  }
  return true;
}

/**
 * Brings the npm packages of the lock file, Node 24 among them, each checked against its digest there. Not `npm ci`: that
 * refuses where a mirror lacks a package for another platform. No package's install script is run.
 */
export async function installPackages() {
  if (packagesCurrent()) return;
  process.stderr.write("npm packages: installing what package-lock.json names (Node 24 among them) …\n");
  const code = await attached("npm", [
    "install",
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  if (code !== 0)
    stop(`npm install failed with ${code}; check that the npm registry is reachable, then run this again`, 1);
}

/** The pinned Node's binary. */
export function pinnedNode() {
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  return join(repository, "node_modules", `node-linux-${arch}`, "bin", "node");
}

/** Runs a script of this repository under the pinned Node. */
export function underPinnedNode(args, options = {}) {
  const node = pinnedNode();
  return attached(node, args, {
    env: { ...process.env, PATH: `${join(repository, "node_modules", ".bin")}:${process.env.PATH}` },
    ...options,
  });
}

/** System programs that the product calls and that a bare machine may lack, with the Debian package that has each. */
const systemPrograms = {
  nft: "nftables",
  ip: "iproute2",
  conntrack: "conntrack",
  tcpdump: "tcpdump",
  mount: "mount",
  setpriv: "util-linux",
  nsenter: "util-linux",
};

/** containerd makes every pod's hosts file from the machine's; a minimal machine may have none. */
function ensureHostsFile() {
  if (existsSync("/etc/hosts")) return;
  process.stderr.write("/etc/hosts: made, since there was none\n");
  writeFileSync("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n", { mode: 0o644 });
}

/** Installs what is missing of them (and nothing else) from the machine's own Debian. */
async function installSystemPrograms() {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const missing = [
    ...new Set(
      Object.entries(systemPrograms)
        .filter(([p]) => spawnSync("sh", ["-c", `command -v ${p}`], { env: { PATH: path } }).status !== 0)
        .map(([, d]) => d),
    ),
  ];
  if (missing.length === 0) return;
  process.stderr.write(`Debian packages: installing ${missing.join(", ")} …\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = { env: environment, stdio: ["ignore", "ignore", "inherit"] };
  await attached("apt-get", ["-qq", "update"], quiet);
  const code = await attached(
    "apt-get",
    ["-qq", "-y", "--no-install-recommends", "--no-remove", "install", ...missing],
    quiet,
  );
  if (code !== 0) stop(`apt-get could not install ${missing.join(" ")}; install them by hand, then run this again`, 1);
}

/**
 * Where tests and benches keep the parts: in the clone, or, where the clone lies in a folder that is closed to other users
 * (root's home), below /var/cache: the registry and other programs run as users of their own.
 */
export function partsFolder() {
  let folder = join(repository, ".cache", "parts");
  for (let above = repository; above !== "/"; above = dirname(above))
    if ((statSync(above).mode & 0o001) === 0) folder = "/var/cache/bulkhead/parts";
  mkdirSync(dirname(folder), { recursive: true, mode: 0o755 });
  return folder;
}

/** What every command needs that runs what is here: root, the npm packages, the system's programs, a hosts file. */
export async function setUp(command) {
  requireRoot(command);
  await installPackages();
  await installSystemPrograms();
  ensureHostsFile();
}

/** Brings parts, or takes those that BULKHEAD_PARTS names, and bundles; answers the parts' folder. Ends the process where that fails. */
export async function partsAndBundles() {
  const named = process.env.BULKHEAD_PARTS;
  const parts = named ?? partsFolder();
  const steps = [
    ...(named === undefined ? [[join(repository, "scripts", "parts.ts"), parts]] : []),
    [join(repository, "scripts", "build.mjs")],
  ];
  for (const step of steps) {
    const code = await underPinnedNode(step);
    if (code !== 0) process.exit(code);
  }
  return parts;
}
