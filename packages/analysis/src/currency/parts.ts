import type { PartFacts } from "@bulkhead/api";
import type { Package } from "@bulkhead/images";
import { suites } from "./debian-suites.ts";
import type { Subject } from "./inventory.ts";
import type { ItemVulnerability } from "./item.ts";

/** Source packages of those parts whose name is another. */
const sources: Readonly<Record<string, string>> = {
  "containernetworking-plugins": "golang-github-containernetworking-plugins",
  kubectl: "kubernetes",
};

const roles: Readonly<Record<string, string>> = {
  containerd: "it runs every container here",
  runc: "it starts every container here",
  "containernetworking-plugins": "it gives every pod its address",
  "docker-registry": "it is the machine's own registry",
  catatonit: "it is the first process of every pod",
  kubectl: "for people: nothing of Bulkhead runs it by itself",
};

/** Our private copies of other people's programs. */
export function partSubjects(parts: readonly PartFacts[]): Subject[] {
  return parts.map((part): Subject => {
    const { name, version, suite, offer } = part;
    const release = suites[suite.replace(/-security$/, "")];
    const role = roles[name] ?? "it is one of the parts";
    const source = sources[name];
    return {
      kind: "part",
      name,
      version,
      origin: `${part.origin} (Debian ${suite})`,
      remedy: `bulkhead current plan, then bulkhead current apply`,
      package: {
        ecosystem: "dpkg",
        name,
        version,
        purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}`,
        ...(source === undefined ? {} : { source: { name: source } }),
        ...(release === undefined ? {} : { release }),
        paths: [part.origin],
      },
      ...(offer === undefined
        ? { gaps: [`nobody was asked what Debian ${suite} has of the parts (bulkhead current --ask)`] }
        : {
            newest: {
              version: offer.version,
              source: `Debian ${offer.suite}`,
              at: offer.asked,
              newer: offer.newer,
              security: offer.suite.endsWith("-security"),
            },
          }),
      // Debian writes upstream's number first: 2.1.9+ds1-5.
      ...(name === "containerd"
        ? { lifecycle: { product: name, version: version.replace(/[+~-].*$/, ""), lineOnly: true, mendedBy: "Debian" } }
        : {}),
      known: part.escapes.map(
        ({ id, lets, grave, fixed }): ItemVulnerability => ({
          id,
          fixed,
          severity: grave ? "critical" : "medium",
          exploited: false,
          touches: "yes",
          because: `${role}, and neither its version nor Debian's changelog has the repair`,
          summary: lets,
          sources: ["the runtimes' own advisories, as shipped with Bulkhead"],
        }),
      ),
      touch: (id) =>
        part.changelogNames.includes(id)
          ? { touches: "no", because: `Debian's changelog of ${version} names it as repaired` }
          : name === "kubectl"
            ? { touches: "unknown", because: role }
            : { touches: "unknown", because: `${role}; whether the flawed part of it is reached is not known` },
    };
  });
}

/**
 * What the parts' programs say of themselves that they were built from: Go's own library and modules, one subject a part
 * and package. `packages`: as a scan of the parts folder found them, with paths inside it.
 */
export function partProgramSubjects(
  parts: readonly { readonly name: string; readonly files: readonly string[] }[],
  packages: readonly Package[],
): Subject[] {
  return parts.flatMap(({ name, files }) =>
    packages
      .map((found) => ({ ...found, paths: found.paths.filter((path) => files.includes(path)) }))
      .filter(({ paths, ecosystem }) => paths.length > 0 && ecosystem === "Go")
      .map((found): Subject => {
        const programs = found.paths.join(", ");
        return {
          kind: "part",
          name: `${name}: Go ${found.name}`,
          version: found.version,
          origin: `said by ${programs}`,
          remedy: `Debian has to build ${name} anew with it; bulkhead current plan shows when it has`,
          package: found,
          touch: (_, code) =>
            code === "linked"
              ? { touches: "yes", because: `the functions that it is in are part of ${programs}` }
              : code === "not-linked"
                ? { touches: "no", because: `the functions that it is in are in none of ${programs}` }
                : { touches: "unknown", because: `${programs} hold it; nobody says which functions the flaw is in` },
        };
      }),
  );
}
