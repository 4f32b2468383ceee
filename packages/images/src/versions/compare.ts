import type { PackageEcosystem } from "../inventory.ts";
import { apk } from "./apk.ts";
import { dpkg } from "./dpkg.ts";
import { maven } from "./maven.ts";
import { pep440 } from "./pep440.ts";
import { compareRpmSources, type RpmVersion, rpm } from "./rpm.ts";
import { rubygems } from "./rubygems.ts";
import { goModules, nuget, semver } from "./semver.ts";
import { maxVersionLength, type Ordering, type VersionOrder } from "./version-order.ts";

/** `unparsable`: one of both is no version of its ecosystem; `no-order`: the ecosystem's order is not known here. */
export type Comparison = Ordering | "unparsable" | "no-order";

/** An order with its parsed versions remembered: the same few thousand versions are compared again and again. */
interface Remembered {
  readonly order: VersionOrder<unknown>;
  readonly parsed: Map<string, unknown>;
}

const rememberedVersions = 16_384;
const remember = <V>(order: VersionOrder<V>): Remembered => ({
  order: order as VersionOrder<unknown>,
  parsed: new Map(),
});

const rpmSources = remember<RpmVersion>({ ...rpm, compare: compareRpmSources });
const semantic = remember(semver);
const orders: Partial<Record<PackageEcosystem, Remembered>> = {
  dpkg: remember(dpkg),
  rpm: remember(rpm),
  apk: remember(apk),
  npm: semantic,
  "crates.io": semantic,
  Hex: semantic,
  Pub: semantic,
  PyPI: remember(pep440),
  Go: remember(goModules),
  Maven: remember(maven),
  RubyGems: remember(rubygems),
  NuGet: remember(nuget),
};

function parsed({ order, parsed: known }: Remembered, text: string): unknown {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (text.length > maxVersionLength) return undefined;
  const version = order.parse(text);
  if (known.size >= rememberedVersions) known.clear();
  if (version !== undefined) known.set(text, version);
  return version;
}

function compareIn(remembered: Remembered | undefined, a: string, b: string): Comparison {
  if (remembered === undefined) return a === b ? 0 : "no-order";
  const left = parsed(remembered, a);
  const right = parsed(remembered, b);
  if (left === undefined || right === undefined) return "unparsable";
  return remembered.order.compare(left, right);
}

/** Orders two versions as the ecosystem's own tools do. */
export const compareVersions = (ecosystem: PackageEcosystem, a: string, b: string): Comparison =>
  compareIn(orders[ecosystem], a, b);

/** rpm versions of a source package: an epoch on one side only is ignored, since source names carry none. */
export const compareRpmSourceVersions = (a: string, b: string): Comparison => compareIn(rpmSources, a, b);

/** Whether a text is a version of its ecosystem. */
export function isVersion(ecosystem: PackageEcosystem, text: string): boolean {
  const remembered = orders[ecosystem];
  return remembered !== undefined && parsed(remembered, text) !== undefined;
}
