/** Debian's own packages on loopback: indexes and packages as apt fetched and checked them, served as a mirror serves them. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defaultRepositories,
  type LoadedRepository,
  loadRepositories,
  type PackageRepository,
} from "../../src/index.ts";

const suite = "bookworm";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** Why these tests cannot run here, or undefined. */
export function lackingDebian(): string | undefined {
  for (const program of ["apt-get", "dpkg-deb", "chroot"]) if (!has(program)) return `${program} is not here`;
  if (process.getuid?.() !== 0) return "only root can unpack a system";
  if (spawnSync("test", ["-r", keyring]).status !== 0) return `${keyring} is not here`;
  return undefined;
}

export interface DebianMirror {
  readonly folder: string;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** As an administrator would configure it. */
  configured(): readonly PackageRepository[];
  repositories(): Promise<LoadedRepository[]>;
  /** Packages index of the security suite, for matching. */
  readonly securityIndex: string;
  /** A system with these packages as the ordinary suite has them, without security's: a root file system's tar. */
  oldSystem(packages: readonly string[]): Buffer;
  /** The versions that both suites have. */
  versions(name: string): { readonly old: string | undefined; readonly fixed: string | undefined };
  /** What was asked for, in order. */
  readonly asked: string[];
  /** Changes what is answered for a path; undefined: not there. */
  answer?: ((path: string, bytes: Buffer) => Buffer | undefined) | undefined;
  close(): void;
}

/** Reads both suites' indexes with apt; throws where no mirror is reached. */
export async function startDebianMirror(from = "http://deb.debian.org"): Promise<DebianMirror> {
  const folder = mkdtempSync(join(tmpdir(), "bulkhead-debian-"));
  const at = (path: string): string => join(folder, path);
  for (const path of ["lists/partial", "cache/archives/partial", "state", "pool"])
    mkdirSync(at(path), { recursive: true });
  writeFileSync(at("status"), "");
  writeFileSync(
    at("suite.sources"),
    [
      [`${from}/debian`, suite],
      [`${from}/debian-security`, `${suite}-security`],
    ]
      .map(([uri, name]) => `Types: deb\nURIs: ${uri}\nSuites: ${name}\nComponents: main\nSigned-By: ${keyring}\n`)
      .join("\n"),
  );
  const settings = [
    `Dir::Etc::sourcelist=${at("suite.sources")}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State=${at("state")}`,
    `Dir::State::lists=${at("lists")}`,
    `Dir::State::status=${at("status")}`,
    `Dir::Cache=${at("cache")}`,
    "Acquire::Languages=none",
    "Acquire::GzipIndexes=false",
    "APT::Sandbox::User=root",
    ...["DEP-11", "DEP-11-icons", "DEP-11-icons-small", "DEP-11-icons-large", "DEP-11-icons-hidpi", "Contents-deb"].map(
      (t) => `Acquire::IndexTargets::deb::${t}::DefaultEnabled=false`,
    ),
  ].flatMap((s) => ["-o", s]);
  const apt = (program: string, ...args: string[]): string =>
    execFileSync(program, ["-q", ...settings, ...args], {
      cwd: at("pool"),
      encoding: "utf8",
      maxBuffer: 64 << 20,
      stdio: ["ignore", "pipe", "pipe"],
    });
  try {
    apt("apt-get", "-o", "APT::Update::Error-Mode=any", "update");
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const lists = readdirSync(at("lists"));
  const listed = (end: string): Buffer => {
    const name = lists.find((n) => n.endsWith(end));
    if (name === undefined) throw new Error(`apt kept no ${end}`);
    return readFileSync(at(`lists/${name}`));
  };
  const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
  const files = new Map<string, Buffer>();
  for (const [place, name] of [
    ["debian", suite],
    ["debian-security", `${suite}-security`],
  ] as const) {
    files.set(`/${place}/dists/${name}/InRelease`, listed(`_${place}_dists_${name}_InRelease`));
    files.set(
      `/${place}/dists/${name}/main/binary-${architecture}/Packages`,
      listed(`_${place}_dists_${name}_main_binary-${architecture}_Packages`),
    );
  }
  const mirror = {
    asked: [] as string[],
    answer: undefined as DebianMirror["answer"],
  };
  /** A package of the security suite, fetched by apt when it is asked for first. */
  const packageAt = (path: string): Buffer | undefined => {
    if (!path.startsWith("/debian-security/pool/")) return undefined;
    const filename = path.slice("/debian-security/".length);
    const text = files.get(securityList)?.toString("utf8") ?? "";
    const found = text.split("\n\n").find((one) => one.includes(`\nFilename: ${filename}\n`)) ?? "";
    const [name, version] = ["Package", "Version"].map((what) => new RegExp(`^${what}: (\\S+)`, "m").exec(found)?.[1]);
    if (name === undefined) return undefined;
    apt("apt-get", "download", `${name}=${version ?? ""}`);
    const file = readdirSync(at("pool")).find((n) => n.startsWith(`${name}_`)) ?? "";
    const bytes = readFileSync(at(`pool/${file}`));
    files.set(path, bytes);
    return bytes;
  };
  const securityList = `/debian-security/dists/${suite}-security/main/binary-${architecture}/Packages`;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    mirror.asked.push(path);
    const bytes = files.get(path) ?? packageAt(path);
    const given = bytes === undefined ? undefined : mirror.answer === undefined ? bytes : mirror.answer(path, bytes);
    response.statusCode = given === undefined ? 404 : 200;
    response.end(given);
  });
  // Both ends live in this process: while it reads an image for seconds, no connection between them may grow too old.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stanza = (list: Buffer | undefined, name: string): string | undefined => {
    const text = list?.toString("utf8") ?? "";
    const start = text.startsWith(`Package: ${name}\n`) ? 0 : text.indexOf(`\nPackage: ${name}\n`);
    return start < 0 ? undefined : text.slice(start, text.indexOf("\n\n", start + 1));
  };
  const field = (list: string, name: string, what: string): string | undefined =>
    new RegExp(`^${what}: (\\S+)`, "m").exec(stanza(files.get(list), name) ?? "")?.[1];
  const ordinaryList = `/debian/dists/${suite}/main/binary-${architecture}/Packages`;
  const configured = (): readonly PackageRepository[] =>
    defaultRepositories
      .filter(({ distribution }) => distribution === "debian")
      .map((one) => ({
        ...one,
        suites: one.suites.filter((s) => !s.endsWith("-updates")),
        url: one.url.replace("http://deb.debian.org", url),
      }));
  return Object.assign(mirror, {
    folder,
    url,
    securityIndex: at(`lists/${lists.find((n) => n.endsWith(`-security_main_binary-${architecture}_Packages`)) ?? ""}`),
    versions: (name: string) => ({
      old: field(ordinaryList, name, "Version"),
      fixed: field(securityList, name, "Version"),
    }),
    configured,
    repositories: () => loadRepositories(configured()),
    oldSystem(packages: readonly string[]) {
      rmSync(at("cache/archives"), { recursive: true, force: true });
      mkdirSync(at("cache/archives/partial"), { recursive: true });
      // Merged here already: the package that merges brings all of perl.
      const wanted = ["?essential", "usr-is-merged", ...packages];
      const chosen = ["--download-only", "--yes", "--no-install-recommends", "install", ...wanted];
      apt("apt-get", "-o", `APT::Default-Release=n=${suite}`, ...chosen);
      const root = at("system");
      mkdirSync(join(root, "packages"), { recursive: true });
      const run = (program: string, ...args: string[]): void =>
        void execFileSync(program, args, {
          stdio: ["ignore", "ignore", "pipe"],
          env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
        });
      const files = readdirSync(at("cache/archives")).filter((name) => name.endsWith(".deb"));
      // base-passwd brings the users that other packages' files belong to.
      const first = (name: string): number =>
        ["base-files_", "base-passwd_"].findIndex((begin) => name.startsWith(begin));
      for (const name of files.toSorted((x, y) => first(y) - first(x))) {
        const file = at(`cache/archives/${name}`);
        run("dpkg-deb", "--extract", file, root);
        copyFileSync(file, join(root, "packages", name));
      }
      for (const name of ["bin", "sbin", "lib", "lib64"]) {
        run("cp", "--archive", "--no-target-directory", join(root, name), join(root, "usr", name));
        rmSync(join(root, name), { recursive: true });
        symlinkSync(`usr/${name}`, join(root, name));
      }
      const install =
        "dpkg --force-depends --force-unsafe-io --install /packages/base-passwd_*.deb /packages/base-files_*.deb && dpkg --force-depends --force-unsafe-io --install /packages/*.deb";
      run("chroot", root, "sh", "-c", install);
      rmSync(join(root, "packages"), { recursive: true });
      const tar = at("system.tar");
      run("tar", "--create", "--file", tar, "--numeric-owner", "--directory", root, ".");
      rmSync(root, { recursive: true });
      const bytes = readFileSync(tar);
      rmSync(tar);
      return bytes;
    },
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
