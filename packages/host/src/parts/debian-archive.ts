import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, run } from "../run.ts";

/** A package as a suite offers it. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  readonly suite: string;
}

/** A suite on a mirror: `testing` at `http://deb.debian.org/debian`. */
export interface SuiteSource {
  readonly mirror: string;
  readonly suite: string;
}

/** Where a suite's repaired packages come out first; undefined where that is the suite itself, or the mirror tells not. */
export function securitySource({ mirror, suite }: SuiteSource): SuiteSource | undefined {
  if (suite === "unstable" || suite === "sid" || suite.endsWith("-security") || !mirror.endsWith("/debian"))
    return undefined;
  return { mirror: `${mirror}-security`, suite: `${suite}-security` };
}

/** Reads `apt-cache policy`: each candidate with the suite that has it, `first` where several do. */
export function readPolicy(printed: string, first: string): Offer[] {
  const found: Offer[] = [];
  let name = "";
  let candidate = "";
  let version = "";
  for (const line of printed.split("\n")) {
    const package_ = /^(\S+):$/.exec(line)?.[1];
    if (package_ !== undefined) [name, candidate, version] = [package_, "", ""];
    candidate = /^ {2}Candidate: (\S+)/.exec(line)?.[1] ?? candidate;
    version = /^ (?:\*\*\*| {3}) (\S+) -?\d+$/.exec(line)?.[1] ?? version;
    const suite = /^ {8,9}-?\d+ \S+ (\S+?)\/\S+ /.exec(line)?.[1];
    if (suite === undefined || version !== candidate) continue;
    const known = found.at(-1)?.name === name ? found.at(-1) : undefined;
    if (known === undefined) found.push({ name, version, suite });
    else if (suite === first) found.splice(-1, 1, { name, version, suite });
  }
  return found;
}

/**
 * Debian packages without touching the system: an apt configuration of our own below `directory`, reading one suite from
 * the machine's own mirror, and beside it that suite's repaired packages where the mirror has such: the later revision of
 * both counts. apt checks every signature against Debian's keyring; nothing is installed.
 */
export class DebianArchive {
  readonly #directory: string;
  readonly #source: SuiteSource;
  readonly suite: string;

  constructor(directory: string, mirror: string, suite: string) {
    this.#directory = join(directory, suite);
    this.#source = { mirror, suite };
    this.suite = suite;
  }

  #apt(program: "apt-get" | "apt-cache", ...args: string[]): string[] {
    const at = (path: string): string => join(this.#directory, path);
    const settings = [
      `Dir::Etc::sourcelist=${at("suite.sources")}`,
      "Dir::Etc::sourceparts=/dev/null",
      `Dir::State=${at("state")}`,
      `Dir::State::lists=${at("lists")}`,
      `Dir::State::status=${at("status")}`,
      `Dir::Cache=${at("cache")}`,
      "Acquire::Languages=none",
      "Acquire::Retries=3",
      "APT::Sandbox::User=root",
      ...[
        "DEP-11",
        "DEP-11-icons",
        "DEP-11-icons-small",
        "DEP-11-icons-large",
        "DEP-11-icons-hidpi",
        "Contents-deb",
      ].map((t) => `Acquire::IndexTargets::deb::${t}::DefaultEnabled=false`),
    ];
    return [program, "-q", ...settings.flatMap((s) => ["-o", s]), ...args];
  }

  /**
   * Fetches the suite's index (about 10 MB), and tells whether its security suite could be read as well. Throws
   * CommandError when the mirror cannot be reached.
   */
  async update(): Promise<{ readonly security: SuiteSource | undefined }> {
    for (const folder of ["lists/partial", "cache/archives/partial", "state", "download"])
      await mkdir(join(this.#directory, folder), { recursive: true, mode: 0o700 });
    await writeFile(join(this.#directory, "status"), "");
    const security = securitySource(this.#source);
    if (security !== undefined && (await run(await this.#updating(this.#source, security))).code === 0)
      return { security };
    await mustRun(await this.#updating(this.#source));
    return { security: undefined };
  }

  async #updating(...sources: readonly SuiteSource[]): Promise<string[]> {
    const stanza = ({ mirror, suite }: SuiteSource): string =>
      `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`;
    await writeFile(join(this.#directory, "suite.sources"), sources.map(stanza).join("\n"));
    // Without it apt calls an index that could not be fetched a success.
    return this.#apt("apt-get", "-o", "APT::Update::Error-Mode=any", "update");
  }

  /** What the suite offers under these names; a name that it has not is left out. */
  async offers(names: readonly string[]): Promise<Offer[]> {
    const { stdout } = await run(this.#apt("apt-cache", "policy", ...names));
    return readPolicy(stdout, this.suite);
  }

  /** Downloads the packages and unpacks each into a folder of its own below `target`, its control files in `DEBIAN/`. */
  async unpack(names: readonly string[], target: string): Promise<void> {
    const download = join(this.#directory, "download");
    await mustRun(this.#apt("apt-get", "download", ...names), { cwd: download });
    const files = await readdir(download);
    for (const name of names) {
      const file = files.find((f) => f.startsWith(`${name}_`));
      if (file === undefined) throw new Error(`apt-get download said yes, but ${name} is not there`);
      const into = join(target, name);
      await mkdir(into, { recursive: true, mode: 0o700 });
      await mustRun(["dpkg-deb", "--raw-extract", join(download, file), into]);
    }
  }
}

/** The machine's own Debian mirror and release, from its apt sources and os-release. */
export async function machineSuite(): Promise<{ readonly mirror: string; readonly suite: string }> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const suite = /^VERSION_CODENAME=(\S+)/m.exec(release)?.[1] ?? "bookworm";
  const texts: string[] = [];
  const folder = "/etc/apt/sources.list.d";
  for (const file of ["/etc/apt/sources.list", ...(await readdir(folder).catch(() => [])).map((f) => join(folder, f))])
    texts.push(await readFile(file, "utf8").catch(() => ""));
  const text = texts.join("\n");
  const addresses = [...text.matchAll(/(?:^|\s)(https?:\/\/\S+?)\/?(?=\s|$)/gm)]
    .map((m) => m[1] as string)
    .filter((a) => a.endsWith("/debian") && !a.includes("snapshot.debian.org"));
  return { mirror: addresses[0] ?? "http://deb.debian.org/debian", suite };
}
