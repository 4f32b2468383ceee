import type { SystemPackageFacts } from "@bulkhead/api";
import type { Package } from "@bulkhead/images";
import { suites } from "./debian-suites.ts";
import type { Subject } from "./inventory.ts";
import type { MachineFactsForCurrency } from "./machine-facts.ts";
import { perhaps, yes } from "./touch.ts";

/** The running kernel and the machine's packages. */
export function systemSubjects(facts: MachineFactsForCurrency): Subject[] {
  const { kernel, packages = [], distribution } = facts;
  const release = distribution === undefined ? undefined : releaseName(distribution);
  return [
    ...(kernel === undefined ? [] : [kernelSubject(kernel, facts, release)]),
    ...(distribution === undefined ? [] : [distributionSubject(distribution)]),
    ...packages.map((each) => packageSubject(each, facts, release)),
  ];
}

const releaseName = ({
  id,
  versionId,
  codename,
}: NonNullable<MachineFactsForCurrency["distribution"]>): string | undefined =>
  id === "debian"
    ? (suites[codename ?? ""] ?? (versionId === undefined ? undefined : `debian:${versionId}`))
    : versionId === undefined
      ? undefined
      : `${id}:${versionId}`;

function distributionSubject({ id, versionId, name }: NonNullable<MachineFactsForCurrency["distribution"]>): Subject {
  return {
    kind: "system-package",
    name: id,
    version: versionId ?? "rolling",
    origin: "/etc/os-release",
    remedy: `move this machine to a release that is still mended (${name})`,
    ...(versionId === undefined
      ? { unlisted: `${name} names no release` }
      : { lifecycle: { product: id, version: versionId, lineOnly: true } }),
    touch: yes("this machine runs it"),
  };
}

function packageSubject(
  each: SystemPackageFacts,
  { indexesRead, distribution }: MachineFactsForCurrency,
  release: string | undefined,
): Subject {
  const { name, version, usedFor, candidate } = each;
  return {
    kind: "system-package",
    name,
    version,
    origin: "/var/lib/dpkg/status",
    remedy: `apt-get install --only-upgrade ${name}`,
    package: dpkgPackage(each, distribution?.id ?? "debian", release),
    ...newestByApt(candidate, indexesRead),
    touch: perhaps(
      usedFor === undefined
        ? "it is installed on this machine; whether the flaw is reached is not known"
        : `Bulkhead uses it (${usedFor}); whether the flawed part of it is reached is not known`,
    ),
  };
}

function newestByApt(
  candidate: SystemPackageFacts["candidate"],
  indexesRead: string | undefined,
): Pick<Subject, "newest" | "gaps"> {
  if (candidate === undefined || indexesRead === undefined)
    return { gaps: ["this machine's apt has read no index of its mirrors (apt-get update)"] };
  return {
    newest: {
      version: candidate.version,
      source: `Debian ${candidate.suite}, by this machine's apt`,
      at: indexesRead,
      newer: candidate.newer,
      security: candidate.suite.endsWith("-security"),
    },
  };
}

function dpkgPackage(each: SystemPackageFacts, distribution: string, release: string | undefined): Package {
  return {
    ecosystem: "dpkg",
    name: each.name,
    version: each.version,
    architecture: each.architecture,
    purl: `pkg:deb/${distribution}/${each.name}@${encodeURIComponent(each.version)}?arch=${each.architecture}`,
    source: { name: each.source, version: each.sourceVersion },
    ...(release === undefined ? {} : { release }),
    paths: ["var/lib/dpkg/status"],
  };
}

function kernelSubject(
  kernel: NonNullable<MachineFactsForCurrency["kernel"]>,
  { indexesRead, distribution, lookedAt }: MachineFactsForCurrency,
  release: string | undefined,
): Subject {
  const { release: running, installed, package: packaged } = kernel;
  const waiting = installed !== undefined && installed !== running;
  const base = {
    kind: "kernel",
    name: "linux",
    version: running,
    origin: "/proc/sys/kernel/osrelease",
    remedy: waiting
      ? `reboot into ${installed}, which is installed`
      : "apt-get install --only-upgrade the kernel's package, then reboot",
    touch: perhaps(
      "every container here shares this kernel; whether the flawed part of it is built in and reached is not known",
    ),
  } as const;
  if (packaged === undefined)
    return {
      ...base,
      lifecycle: { product: "linux", version: running },
      unlisted: `the running kernel ${running} is of no package that this machine knows: no advisories speak of it`,
    };
  return {
    ...base,
    // The signed build is of another source, whose advisories are filed under the kernel's own.
    package: {
      ...dpkgPackage(packaged, distribution?.id ?? "debian", release),
      source: { name: "linux", version: packaged.version },
    },
    ...(waiting
      ? { newest: { version: installed, source: "/boot", at: lookedAt, newer: true } }
      : newestByApt(packaged.candidate, indexesRead)),
  };
}
