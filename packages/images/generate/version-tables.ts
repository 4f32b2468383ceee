/**
 * Tables of version pairs with the verdict of each ecosystem's own tool, into src/versions/fixtures/:
 * `node packages/images/generate/version-tables.ts [ORDER…]`. Tools by environment, where they are not on the path:
 * RPM, RUBY, MAVEN_ARTIFACT (the class path that holds maven-artifact), PYTHON (with `packaging`), SEMVER (npm's
 * package), GO_SEMVER (a program that prints golang.org/x/mod/semver's verdict on each line `a b`).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

type Pair = readonly [string, string];
const tool = (name: string, otherwise: string): string => process.env[name] ?? otherwise;

let seed = 20_261_121;
function below(limit: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}
const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
const some = (most: number, make: () => string): string => Array.from({ length: below(most + 1) }, make).join("");
const number = (): string => pick(["0", "1", "2", "9", "10", "00", "01", "010", "20", "99", "100", "20240101"]);
const plain = (): string => pick(["0", "1", "2", "9", "10", "11", "99", "100", "20240101"]);

/** What versions are made of, per order; often wild, since wild ones tell implementations apart. */
const makers: Readonly<Record<string, () => string>> = {
  dpkg: () =>
    `${pick(["", "", "", "0:", "1:"])}${number()}${some(4, () => pick([".", "~", "+", "-", "a", "rc", "z", "A", "dfsg", "bpo", "+b1", "deb12u1", "~~", number(), number()]))}${pick(["", "-1", "-0", "-1ubuntu1~22.04.1", "-2+deb12u3", "-1~bpo12+1"])}`,
  rpm: () =>
    `${pick(["", "", "", "0:", "1:", "2:"])}${pick([number(), "a1", "v2"])}${some(4, () => pick([".", "~", "^", "_", "+", "a", "rc", "B", "git", "..", number(), number()]))}${pick(["", "-1", "-1.el9", "-1.el9_2", "-1.el8_10.1", "-1.module+el8.9.0+1", "-0.1.rc1"])}`,
  pep440: () =>
    `${pick(["", "", "", "v", "1!"])}${number()}${some(3, () => `.${number()}`)}${pick(["", "", "a1", ".b2", "-rc3", "c1", "preview4", "_alpha", "rc"])}${pick(["", "", ".post1", "-1", "post", ".rev2", "r0"])}${pick(["", "", ".dev1", "dev", "-dev2"])}${pick(["", "", "+local", "+1", "+1.abc", "+abc.1", "+ABC-2"])}`,
  rubygems: () =>
    `${plain()}${some(4, () => `.${pick([plain(), plain(), "a", "b1", "rc2", "pre", "A", "0", "0"])}`)}${pick(["", "", "-1", "-rc.1", "-x86"])}`,
  maven: () =>
    `${pick([plain(), plain(), "v1", "r03"])}${some(4, () => pick([".", "-", ".", "-", plain(), "alpha", "a1", "beta-2", "m3", "rc", "cr1", "snapshot", "ga", "final", "release", "sp", "sp1", "jre", "foo", "x-1", ".0", "-0", ".ga"]))}`,
  semver: () =>
    `${pick(["0", "1", "2", "10"])}.${pick(["0", "1", "10"])}.${pick(["0", "1", "20240101"])}${pick(["", "", `-${pick(["alpha", "0", "1", "rc", "Beta", "x-y", "-"])}${some(3, () => `.${pick(["0", "1", "11", "alpha", "a-1", "Z"])}`)}`])}${pick(["", "", "+build.1"])}`,
  go: () =>
    `v${pick(["0", "1", "2"])}.${pick(["0", "1", "10"])}.${pick(["0", "1", "3"])}${pick(["", "", "-0.20240101000000-abcdefabcdef", "-20191109021931-daa7c04131f5", "-rc.1", "-rc.1.0.20240101000000-abcdefabcdef", "-beta2", "-0.dev"])}${pick(["", "", "+incompatible"])}`,
};

function pairs(make: () => string, count: number): Pair[] {
  const made = new Set<string>();
  while (made.size < count) {
    const a = make();
    // The other one mostly differs a little only.
    const cut = below(a.length + 1);
    const b = pick([
      make(),
      make(),
      a.slice(0, cut) + pick([".", "-", "~", "0", "1", "a", ".0", "-1", ""]) + a.slice(cut),
    ]);
    if (!/\s/.test(a + b)) made.add(`${a} ${b}`);
  }
  return [...made].map((line) => line.split(" ") as unknown as Pair);
}

const sign = (value: number): string => (value < 0 ? "<" : value > 0 ? ">" : "=");
const lines = (all: readonly Pair[]): string => all.map((pair) => pair.join(" ")).join("\n");
const answers = (command: string, args: readonly string[], input?: string): string[] =>
  execFileSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26, ...(input === undefined ? {} : { input }) })
    .trim()
    .split("\n");

/** `!` where the tool refuses one of both. */
const judges: Readonly<Record<string, (all: readonly Pair[]) => string[]>> = {
  dpkg: (all) =>
    all.map(([a, b]) => {
      const holds = (operator: string): number =>
        spawnSync("dpkg", ["--compare-versions", a, operator, b], { stdio: "ignore" }).status ?? 2;
      const less = holds("lt");
      return less === 2 ? "!" : less === 0 ? "<" : holds("eq") === 0 ? "=" : ">";
    }),
  rpm: (all) =>
    answers(tool("RPM", "rpm"), [
      ...(process.env["RPMRC"] === undefined ? [] : ["--rcfile", process.env["RPMRC"]]),
      "--eval",
      `%{lua: ${all.map(([a, b]) => `print(rpm.vercmp("${a}","${b}")) print("\\n")`).join(" ")}}`,
    ])
      .filter((line) => line.trim() !== "")
      .map((line) => sign(Number(line))),
  pep440: (all) =>
    answers(
      tool("PYTHON", "python3"),
      [
        "-c",
        "import sys\nfrom packaging.version import Version, InvalidVersion\nfor line in sys.stdin:\n  a, b = line.split()\n  try:\n    a, b = Version(a), Version(b)\n    print('<' if a < b else '>' if a > b else '=')\n  except InvalidVersion: print('!')",
      ],
      lines(all),
    ),
  rubygems: (all) =>
    answers(
      tool("RUBY", "ruby"),
      [
        ...(process.env["RUBY_ARGS"] ?? "").split(" ").filter(Boolean),
        "-e",
        "module Gem;end; require 'rubygems/deprecate'; require 'rubygems/version'; STDIN.each_line { |l| a, b = l.split; puts(Gem::Version.correct?(a) && Gem::Version.correct?(b) ? %w[= > <][Gem::Version.new(a) <=> Gem::Version.new(b)] : '!') }",
      ],
      lines(all),
    ),
  maven: (all) => {
    // The program compares each argument with the one before it.
    const out = answers("java", [
      "-cp",
      tool("MAVEN_ARTIFACT", "maven-artifact.jar"),
      "org.apache.maven.artifact.versioning.ComparableVersion",
      ...all.flat(),
    ]).filter((line) => line.startsWith("   "));
    return all.map((_, i) => out[i * 2]?.trim().split(" ")[1]?.replace("==", "=") ?? "!");
  },
  semver: (all) =>
    answers(
      process.execPath,
      [
        "-e",
        `const s = require(${JSON.stringify(tool("SEMVER", "semver"))}); for (const line of require("node:fs").readFileSync(0, "utf8").split("\\n")) { const [a, b] = line.split(" "); console.log(s.valid(a) && s.valid(b) ? ["<", "=", ">"][s.compare(a, b) + 1] : "!"); }`,
      ],
      lines(all),
    ),
  go: (all) => answers(tool("GO_SEMVER", "go-semver"), [], `${lines(all)}\n`),
};

const wanted = process.argv.slice(2);
for (const [name, judge] of Object.entries(judges)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const all = pairs(makers[name] as () => string, 1500);
  const verdicts = judge(all);
  const rows = all.map(([a, b], i) => `${a} ${verdicts[i]} ${b}`);
  writeFileSync(join(import.meta.dirname, "..", "src", "versions", "fixtures", `${name}.txt`), `${rows.join("\n")}\n`);
}
