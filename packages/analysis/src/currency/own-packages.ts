import type { Package } from "@bulkhead/images";
import type { Subject } from "./inventory.ts";
import type { Newest } from "./item.ts";
import type { MachineFactsForCurrency, Shipped, ShippedDependency } from "./machine-facts.ts";
import { yes } from "./touch.ts";

/** What a registry was asked of Bulkhead's newest release; `newest` only where it is proven to be ours. */
export interface AskedRelease {
  readonly newest?: Newest;
  readonly gaps: readonly string[];
}

const nobodyAsked: AskedRelease = {
  gaps: ["nobody was asked for the newest release of Bulkhead (bulkhead current --ask)"],
};

/** Bulkhead itself. */
export const bulkheadSubject = (version: string, origin: string, asked = nobodyAsked): Subject => ({
  kind: "bulkhead",
  name: "bulkhead",
  version,
  origin,
  remedy: `bulkhead current apply --bulkhead ${asked.newest?.version ?? "with a newer one"}`,
  package: npmPackage({ name: "bulkhead", version }),
  ...asked,
  touch: () => ({ touches: "yes", because: "it is what runs here" }),
});

/** Bulkhead's own packages: only what a program holds can do harm. */
export function dependencySubjects(shipped: Shipped): Subject[] {
  const remedy = "a newer Bulkhead brings a newer one: bulkhead current apply --bulkhead";
  return onceEach(shipped.dependencies)
    .filter((each) => !each.dev || Object.keys(each.in).length > 0)
    .map((each): Subject => {
      const programs = Object.entries(each.in).map(([program, files]) => `${program} (${files} files)`);
      return {
        kind: "dependency",
        name: `${each.name}@${each.version}`,
        version: each.version,
        origin: `package-lock.json as shipped, ${each.integrity?.slice(0, 20) ?? "without integrity"}`,
        remedy,
        package: npmPackage(each),
        touch:
          programs.length > 0
            ? yes(`bundled into ${programs.join(", ")}`)
            : () => ({ touches: "no", because: "no shipped program holds a file of it (the build's own list)" }),
      };
    });
}

/** A lock file holds one version at several places. */
function onceEach(dependencies: readonly ShippedDependency[]): ShippedDependency[] {
  const groups = Map.groupBy(dependencies, ({ name, version }) => `${name}@${version}`);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const held: Record<string, number> = { ...first.in };
    for (const other of others)
      for (const [program, files] of Object.entries(other.in)) held[program] = (held[program] ?? 0) + files;
    return [{ ...first, dev: first.dev && others.every(({ dev }) => dev), in: held }];
  });
}

function npmPackage({ name, version }: Pick<ShippedDependency, "name" | "version">): Package {
  const path = name.startsWith("@") ? `%40${name.slice(1)}` : name;
  return {
    ecosystem: "npm",
    name,
    version,
    purl: `pkg:npm/${path}@${version}`,
    paths: [`node_modules/${name}/package.json`],
  };
}

/** Node itself: OSV names no flaws of it; its publisher mends what it knows with each release of a line. */
export function nodeSubject({ version, path }: NonNullable<MachineFactsForCurrency["node"]>): Subject {
  return {
    kind: "runtime",
    name: "node",
    version,
    origin: path,
    remedy: "a newer Bulkhead brings a newer Node: bulkhead current apply --bulkhead",
    package: { ecosystem: "runtime", name: "node", version, purl: `pkg:generic/node@${version}`, paths: [path] },
    lifecycle: { product: "nodejs", version },
    touch: yes("every process of Bulkhead runs on it"),
  };
}
