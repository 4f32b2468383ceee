import type { ImageReportSummary, Node } from "@bulkhead/api";
import type { Subject } from "./inventory.ts";
import type { Candidate, ItemVulnerability } from "./item.ts";

/** What a cluster's API server says of itself. */
export interface ServerFacts {
  readonly version: string;
  readonly origin: string;
}

/** Ours answer as the release whose API they serve, and say so behind it: Kubernetes' advisories do not speak of them. */
const isBulkhead = (version: string): boolean => /[+-]bulkhead$/.test(version);

const bulkheads = (subject: Pick<Subject, "kind" | "name" | "version" | "origin">): Subject => ({
  ...subject,
  remedy: "look at it on its own machine: bulkhead current",
  unlisted: `${subject.version} is Bulkhead's own; what it is made of is seen on its own machine only (bulkhead current)`,
  touch: () => ({ touches: "unknown", because: "it is Bulkhead's own" }),
});

const byAdmin = "whoever runs this cluster updates it; not more than one minor release at once";

/** The API server's release. */
export function serverSubject({ version, origin }: ServerFacts): Subject {
  const what = { kind: "control-plane", name: "kube-apiserver", version, origin } as const;
  if (isBulkhead(version)) return bulkheads(what);
  return {
    ...what,
    remedy: byAdmin,
    package: {
      ecosystem: "Go",
      name: "k8s.io/kubernetes",
      version: goVersion(version),
      purl: `pkg:golang/k8s.io/kubernetes@${goVersion(version)}`,
      paths: ["version"],
    },
    lifecycle: { product: "kubernetes", version: version.replace(/^v/, "") },
    touch: () => ({
      touches: "unknown",
      because: "the API server is of this release; which of its features are on cannot be seen from outside",
    }),
  };
}

/** A vendor's suffix is no part of the release. */
const goVersion = (version: string): string => version.replace(/[+-].*$/, "");

/** What nodes say they run: one item for each version, whatever the number of nodes. */
export function nodeSubjects(nodes: readonly Node[]): Subject[] {
  const found = new Map<string, { make: (where: string) => Subject; nodes: string[] }>();
  const add = (key: string, node: string, make: (where: string) => Subject): void => {
    const known = found.get(key);
    if (known === undefined) found.set(key, { make, nodes: [node] });
    else known.nodes.push(node);
  };
  for (const { metadata, status } of nodes) {
    const info = status?.nodeInfo;
    if (info === undefined) continue;
    const node = metadata.name ?? "";
    add(`kubelet ${info.kubeletVersion}`, node, (origin) =>
      isBulkhead(info.kubeletVersion)
        ? bulkheads({ kind: "node", name: `kubelet ${info.kubeletVersion}`, version: info.kubeletVersion, origin })
        : kubelet(info.kubeletVersion, origin),
    );
    add(`runtime ${info.containerRuntimeVersion}`, node, (origin) => runtime(info.containerRuntimeVersion, origin));
    add(`kernel ${info.kernelVersion}`, node, (origin) => kernel(info.kernelVersion, origin));
    add(`os ${info.osImage}`, node, (origin) => system(info.osImage, origin));
  }
  return [...found.values()].map(({ make, nodes: names }) =>
    make(
      names.length > 3
        ? `nodeInfo of ${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
        : `nodeInfo of ${names.join(", ")}`,
    ),
  );
}

const unseenFrom =
  "the node's distribution packages it, and which fixes that has taken over cannot be seen through the API";

const kubelet = (version: string, origin: string): Subject => ({
  kind: "node",
  name: `kubelet ${version}`,
  version,
  origin,
  remedy: byAdmin,
  package: { ecosystem: "Go", name: "k8s.io/kubernetes", version: goVersion(version), paths: ["nodeInfo"] },
  lifecycle: { product: "kubernetes", version: version.replace(/^v/, "") },
  touch: () => ({
    touches: "unknown",
    because: "these nodes run it; which of its features are on cannot be seen from outside",
  }),
});

function runtime(text: string, origin: string): Subject {
  const [, name = text, version = ""] = /^([a-z-]+):\/\/(.*)$/.exec(text) ?? [];
  return {
    kind: "node",
    name: `${name} ${version}`,
    version,
    origin,
    remedy: byAdmin,
    ...(name === "containerd" ? { lifecycle: { product: "containerd", version } } : {}),
    unlisted: `flaws of ${name} ${version} were not looked up: ${unseenFrom}`,
    touch: () => ({ touches: "unknown", because: unseenFrom }),
  };
}

const kernel = (version: string, origin: string): Subject => ({
  kind: "kernel",
  name: `linux ${version}`,
  version,
  origin,
  remedy: "update the nodes' kernel and reboot them one by one",
  unlisted: `flaws of kernel ${version} were not looked up: ${unseenFrom}`,
  touch: () => ({ touches: "unknown", because: unseenFrom }),
});

/** Names that nodes give their systems, and what endoflife.date calls them. */
const systems: readonly (readonly [RegExp, string])[] = [
  [/^Debian GNU\/Linux (\d+)/, "debian"],
  [/^Ubuntu (\d+\.\d+)/, "ubuntu"],
  [/^Alpine Linux v?(\d+\.\d+)/, "alpine-linux"],
  [/^AlmaLinux (\d+)/, "almalinux"],
  [/^Rocky Linux (\d+)/, "rocky-linux"],
  [/^Red Hat Enterprise Linux (?:CoreOS )?(\d+)/, "rhel"],
  [/^Fedora Linux (\d+)/, "fedora"],
  [/^Amazon Linux (\d+)/, "amazon-linux"],
];

function system(name: string, origin: string): Subject {
  const row = systems.flatMap(([form, product]) => {
    const version = form.exec(name)?.[1];
    return version === undefined ? [] : [{ product, version, lineOnly: true as const }];
  })[0];
  return {
    kind: "node",
    name,
    version: row?.version ?? name,
    origin,
    remedy: "move the nodes to a release that is still mended",
    ...(row === undefined ? { unlisted: `nobody was asked until when ${name} is mended` } : { lifecycle: row }),
    touch: () => ({ touches: "yes", because: "these nodes run it" }),
  };
}

/** Images that run, as their reports have it: distribution, runtimes, the worst that is known. */
export function imageItems(reports: readonly ImageReportSummary[]): Candidate[] {
  return reports
    .filter(({ images }) => images.length > 0)
    .map((report) => {
      const { images, digest, namespaces, worst, scannedAt, failure, distribution, sources, blindSpots } = report;
      const ended = worst?.endOfLife[0];
      const stale = sources.filter((source) => source.stale !== undefined).map((source) => source.name);
      const gaps = [
        ...(scannedAt === undefined ? ["it was not scanned"] : []),
        ...(failure === undefined ? [] : [`the last scan or match failed: ${failure}`]),
        ...(sources.length === 0 && scannedAt !== undefined ? ["no advisories were at hand when it was matched"] : []),
        ...(stale.length === 0 ? [] : [`advisories too old: ${stale.join(", ")}`]),
        ...(blindSpots.length === 0 ? [] : [`${blindSpots.length} places of it could not be looked into`]),
      ];
      return {
        kind: "image",
        name: images[0] ?? digest,
        version: digest,
        origin: `ImageReport; runs in ${namespaces.join(", ")}${distribution === undefined ? "" : `; ${distribution}`}`,
        ...(ended === undefined
          ? {}
          : {
              support: {
                ...(ended.since === "" ? {} : { until: ended.since }),
                ended: true,
                from: `endoflife.date: ${ended.name}`,
              },
            }),
        vulnerabilities: (worst?.findings ?? []).map(
          (finding): ItemVulnerability => ({
            id: finding.id,
            severity: finding.malicious === true ? "critical" : finding.severity,
            ...(finding.fixedVersion === undefined ? {} : { fixed: finding.fixedVersion }),
            exploited: finding.exploited === true,
            touches:
              (finding.notAffectedBy ?? []).length > 0
                ? "no"
                : finding.inUse === true || finding.malicious === true
                  ? "yes"
                  : "unknown",
            because:
              (finding.notAffectedBy ?? []).length > 0
                ? `${finding.package}: ${finding.notAffectedBy?.join(", ")} says that this image is not affected`
                : finding.inUse === true
                  ? `${finding.package}, of which a running container has loaded files`
                  : `${finding.package}; whether it is reached is not known`,
            sources: ["ImageReport"],
          }),
        ),
        gaps,
        remedy: `bulkhead image report ${images[0] ?? digest}, then rebuild it, or bulkhead image patch where only its base is behind`,
      };
    });
}
