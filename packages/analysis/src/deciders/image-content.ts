import type { FindingFacts, ImageReport, ImageTrustPolicySpec, ScanFacts } from "@bulkhead/api";
import {
  evaluateImage,
  formatImageReference,
  type ImageReference,
  ImageReferenceError,
  type ImageRuleSet,
  imagesOf,
  normaliseImages,
  parseImageReference,
  reportedFacts,
  vexNeeds,
} from "@bulkhead/policy";
import type { Fix } from "../posture/control.ts";
import type { Workload } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import { type Derivation, Unread, type View } from "../snapshot/view.ts";

/** An image of a workload, with where it stands in the object. */
export interface PlacedImage {
  readonly text: string;
  /** Undefined: the text names no image. */
  readonly reference: ImageReference | undefined;
  /** Of the container or of the volume that it is for. */
  readonly name: string;
  /** `spec.template.spec.containers[0].image`. */
  readonly field: string;
}

/** All images of a workload: those of containers of every sort, and of image volumes. */
export function imagesIn(workload: Workload): readonly PlacedImage[] {
  const seen = known.get(workload);
  if (seen !== undefined) return seen;
  const images = placed(workload);
  known.set(workload, images);
  return images;
}

const known = new WeakMap<Workload, readonly PlacedImage[]>();

function placed({ spec, prefix, containers }: Workload): readonly PlacedImage[] {
  return [...imagesOf(spec)].map(({ field, image }) => {
    const at = `${prefix}${field}`;
    const volume = /volumes\[(\d+)\]/.exec(field)?.[1];
    const container = containers.find((one) => `${one.field}.image` === at);
    const name =
      container?.name ?? (volume === undefined ? field : `volume ${spec.volumes?.[Number(volume)]?.name ?? ""}`);
    return { text: image, reference: referenceOf(image), name, field: at };
  });
}

export function referenceOf(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch (error) {
    if (error instanceof ImageReferenceError) return undefined;
    throw error;
  }
}

interface ReportIndex {
  readonly byDigest: ReadonlyMap<string, readonly ImageReport[]>;
  /** By the names under which they run, every part said. */
  readonly byName: ReadonlyMap<string, readonly ImageReport[]>;
}

const reportIndex: Derivation<ReportIndex> = {
  name: "image-report-index",
  compute: (view) => {
    const reports = view.list(kinds.imageReport);
    return {
      byDigest: Map.groupBy(reports, ({ report }) => report.digest),
      byName: reports
        .flatMap((report) => report.report.images.map((name) => [withoutDigest(name), report] as const))
        .reduce(
          (map, [name, report]) => map.set(name, [...(map.get(name) ?? []), report]),
          new Map<string, readonly ImageReport[]>(),
        ),
    };
  },
};

const withoutDigest = (text: string): string => {
  const reference = referenceOf(text);
  return reference === undefined ? text : formatImageReference({ ...reference, digest: undefined });
};

/** Reports of an image in a namespace: `NAMESPACE\nIMAGE`. */
const reportsByImage: Derivation<readonly ImageReport[]> = {
  name: "image-reports-of",
  compute: (view, key) => {
    const [namespace = "", text = ""] = key.split("\n");
    const { byDigest, byName } = view.derive(reportIndex);
    const digest = referenceOf(text)?.digest;
    if (digest !== undefined) return byDigest.get(digest) ?? [];
    const named = byName.get(withoutDigest(text)) ?? [];
    const here = named.filter(({ report }) => report.namespaces.includes(namespace));
    return here.length > 0 ? here : named;
  },
  same: (a, b) => a.length === b.length && a.every((report, index) => report === b[index]),
};

/** What is known of an image in a namespace: none where nobody has looked. Throws `Unread` where reports cannot be read. */
export const reportsOf = (view: View, namespace: string, image: string): readonly ImageReport[] =>
  view.derive(reportsByImage, `${namespace}\n${image}`);

/** The same, where an answer is needed: throws `Unread` where there is no report of it, or none with its content. */
export function scansOf(
  view: View,
  namespace: string,
  image: string,
): readonly { readonly report: ImageReport; readonly scan: ScanFacts }[] {
  const unread = (why: string): Unread => new Unread({ kind: kinds.imageReport.key, why });
  const reports = reportsOf(view, namespace, image);
  if (reports.length === 0) throw unread(`no report says what is in ${image}`);
  return reports.map((report) => {
    const scan = reportedFacts(report, namespace)?.scan;
    if (scan === undefined)
      throw unread(`${image} was not scanned: ${report.report.failure ?? "its turn has not come"}`);
    return { report, scan };
  });
}

/** Where advisories are needed: an image that was held against none is not known to be free of anything. */
export function matchedScansOf(view: View, namespace: string, image: string): ReturnType<typeof scansOf> {
  const scans = scansOf(view, namespace, image);
  if (scans.some(({ scan }) => scan.sources.length === 0))
    throw new Unread({ kind: kinds.imageReport.key, why: `there were no advisories to hold ${image} against` });
  return scans;
}

const noExceptions = { byDecider: new Map(), problems: [], expired: [], until: undefined };

/** Rules that let every image run but for what `asks` refuses. */
export const refusing = (asks: Partial<ImageTrustPolicySpec>): ImageRuleSet =>
  normaliseImages({
    policies: [
      {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "ImageTrustPolicy",
        metadata: { name: "(posture)" },
        spec: { allow: [{ registry: "*", repositories: ["*"] }], ...asks },
      },
    ],
    namespaces: [],
    exceptions: noExceptions,
  });

/** Whose word that an image is not affected counts in this cluster: what its ImageTrustPolicies take. */
export const trustedVexAuthors: Derivation<readonly string[]> = {
  name: "vex-authors",
  compute: (view) => vexNeeds(view.knows(kinds.imageTrustPolicy) ? view.list(kinds.imageTrustPolicy) : [], []).authors,
  same: (a, b) => a.join("\n") === b.join("\n"),
};

/** What of a scan the image decider refuses by these rules, asked of each part by itself. */
export function refusedParts(
  rules: ImageRuleSet,
  digest: string,
  now: number,
  parts: readonly Partial<ScanFacts>[],
): readonly boolean[] {
  const empty: ScanFacts = {
    findings: [],
    sources: [{ name: "reports" }],
    endOfLife: [],
    misconfigurations: [],
    secrets: [],
    blindSpots: [],
  };
  return parts.map(
    (part) =>
      evaluateImage(rules, {
        image: `registry.invalid/image@${digest}`,
        identity: { namespace: "", subjects: [] },
        field: "",
        facts: { digest, now, scan: { ...empty, ...part } },
      }).decision === "deny",
  );
}

/** Each place once, where two digests of one name have the same. */
export const once = <T extends { readonly key: string }>(breaches: readonly T[]): readonly T[] => [
  ...new Map(breaches.map((breach) => [breach.key, breach])).values(),
];

/** `CVE-2026-1 in openssl 3.0.14, fixed in 3.0.15, in use`. */
export const findingWords = ({ id, package: of, fixedVersion, inUse }: FindingFacts): string =>
  `${id} in ${of}${fixedVersion === undefined ? ", without a fix yet" : `, fixed in ${fixedVersion}`}${inUse === true ? ", in use" : ""}`;

/** Names an image by the digest under which it runs, where one report says which that is. */
export function pinned(workload: Workload, field: string, view: View): Fix {
  const image = imagesIn(workload).find((one) => one.field === field);
  const reports =
    image === undefined || !view.knows(kinds.imageReport) ? [] : reportsOf(view, workload.namespace, image.text);
  const [only, other] = reports;
  if (image === undefined || only === undefined || other !== undefined)
    return {
      kind: "by-hand",
      why:
        other === undefined
          ? "which digest the tag means is not known here"
          : "several digests run under this name, and which one is meant is not known",
      how: "bulkhead image report IMAGE (or the registry) names the digest; write it behind the name with an @, and let an UpdatePolicy move it from then on",
    };
  return {
    kind: "edits",
    edits: [{ op: "set", object: workload.ref, field, value: `${image.text}@${only.report.digest}` }],
    mind: "it stays at what runs now: new versions come by a change of the manifest, or by an UpdatePolicy",
  };
}
