import {
  type FindingFacts,
  type ImageReport,
  type ImageTrustPolicySpec,
  imageReportName,
  type ScanFacts,
} from "@bulkhead/api";
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
  /** By what its reports are found: the namespace where that matters, and the text. */
  readonly reports: string;
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

function placed({ spec, prefix, containers, namespace }: Workload): readonly PlacedImage[] {
  return [...imagesOf(spec)].map(({ field, image }) => {
    const at = `${prefix}${field}`;
    const volume = /volumes\[(\d+)\]/.exec(field)?.[1];
    const container = containers.find((one) => `${one.field}.image` === at);
    const name =
      container?.name ?? (volume === undefined ? field : `volume ${spec.volumes?.[Number(volume)]?.name ?? ""}`);
    const reference = referenceOf(image);
    const reports = `${reference?.digest === undefined ? namespace : ""}\n${image}`;
    return { text: image, reference, name, field: at, reports };
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
  /** By the names under which images run, every part said: their digests and where they run. */
  readonly byName: ReadonlyMap<string, readonly { readonly digest: string; readonly namespaces: readonly string[] }[]>;
  readonly signature: string;
}

/** Which digests run under which names; what is in them changes nothing of it. */
const reportIndex: Derivation<ReportIndex> = {
  name: "image-report-index",
  compute: (view) => {
    const entries = view
      .list(kinds.imageReport)
      .flatMap(({ report: { images, digest, namespaces } }) =>
        images.map((name) => ({ name: withoutDigest(name), digest, namespaces })),
      )
      .toSorted((a, b) => (`${a.name} ${a.digest}` < `${b.name} ${b.digest}` ? -1 : 1));
    return { byName: Map.groupBy(entries, ({ name }) => name), signature: JSON.stringify(entries) };
  },
  same: (a, b) => a.signature === b.signature,
};

const withoutDigest = (text: string): string => {
  const reference = referenceOf(text);
  return reference === undefined ? text : formatImageReference({ ...reference, digest: undefined });
};

/** What is known of an image in a namespace: none where nobody has looked. Throws `Unread` where reports cannot be read. */
export function reportsOf(
  view: View,
  namespace: string,
  { reference, text }: Pick<PlacedImage, "reference" | "text">,
): readonly ImageReport[] {
  return digests().flatMap((digest) => view.get(kinds.imageReport, "", imageReportName(digest)) ?? []);

  function digests(): readonly string[] {
    if (reference?.digest !== undefined) return [reference.digest];
    const name = reference === undefined ? text : formatImageReference(reference);
    const named = view.derive(reportIndex).byName.get(name) ?? [];
    const here = named.filter(({ namespaces }) => namespaces.includes(namespace));
    return (here.length > 0 ? here : named).map(({ digest }) => digest);
  }
}

/** The same of an image by its `reports`. */
export const reportsOfImage = (view: View, key: string): readonly ImageReport[] => {
  const [namespace = "", text = ""] = key.split("\n");
  return reportsOf(view, namespace, { text, reference: referenceOf(text) });
};

/** By what a report and the images that it is on are told to be the same: the digest where one is named, else the name. */
export const imageKeys = {
  ofImage: ({ reference, text }: Pick<PlacedImage, "reference" | "text">): string =>
    reference === undefined ? text : (reference.digest ?? formatImageReference(reference)),
  ofReport: ({ digest, images }: ImageReport["report"]): readonly string[] => [
    digest,
    ...new Set(images.map(withoutDigest)),
  ],
};

/** That a workload's image cannot be judged, since nobody has looked into it. */
const noReport = (image: string): Unread =>
  new Unread({ kind: kinds.imageReport.key, why: `no report says what is in ${image}` });

/**
 * The names of the reports on an image (the key: its `reports`), since many workloads ask it of few images, and what is
 * in a report changes nothing of it. Throws `Unread` where there are none.
 */
const reportNames: Derivation<readonly string[]> = {
  name: "image-report-names",
  compute: (view, key) => {
    const names = reportsOfImage(view, key).map(({ metadata }) => metadata.name ?? "");
    if (names.length === 0) throw noReport(key.slice(key.indexOf("\n") + 1));
    return names;
  },
  same: (a, b) => a.join("\n") === b.join("\n"),
};

/** Whether an image was scanned, by its report's name. */
interface Scanned {
  readonly digest: string;
  readonly failure?: string;
  readonly done: boolean;
}

const scanned: Derivation<Scanned | undefined> = {
  name: "image-scanned",
  compute: (view, key) => {
    const report = view.get(kinds.imageReport, "", key)?.report;
    if (report === undefined) return undefined;
    const { digest, failure, worst, scannedAt } = report;
    return {
      digest,
      done: worst !== undefined && scannedAt !== undefined,
      ...(failure === undefined ? {} : { failure }),
    };
  },
  same: (a, b) => a?.digest === b?.digest && a?.failure === b?.failure && a?.done === b?.done,
};

/** Images of a workload whose scan is not done. Throws `Unread` where nobody has looked into one. */
export const notScanned = (view: View, workload: Workload): readonly (PlacedImage & Scanned)[] =>
  imagesIn(workload).flatMap((image) =>
    view.derive(reportNames, image.reports).flatMap((name) => {
      const found = view.derive(scanned, name);
      return found === undefined || found.done ? [] : [{ ...image, ...found }];
    }),
  );

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

/** One thing that a scan says, and a scan that says nothing else. */
interface Part<P> {
  readonly of: P;
  readonly part: Partial<ScanFacts>;
}

export const findingParts = (findings: readonly FindingFacts[]): readonly Part<FindingFacts>[] =>
  findings.map((finding) => ({ of: finding, part: { findings: [finding] } }));

const empty: ScanFacts = {
  findings: [],
  sources: [{ name: "reports" }],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
};

/**
 * What of an image's scan the image decider refuses by these rules, asked of each part by itself; by the name of its
 * report, so that it is asked once however many workloads run it.
 */
export const refusedBy = <P>(options: {
  readonly name: string;
  readonly rules: (view: View) => ImageRuleSet;
  readonly parts: (scan: ScanFacts) => readonly Part<P>[];
  /** An image that was held against no advisories is not known to be free of it. */
  readonly advisories: boolean;
  /** Whether the rules have deadlines. */
  readonly clock: boolean;
}): Derivation<readonly P[]> => ({
  name: options.name,
  compute: (view, key) => {
    const report = view.get(kinds.imageReport, "", key);
    const unread = (why: string): Unread => new Unread({ kind: kinds.imageReport.key, why });
    const scan = report === undefined ? undefined : reportedFacts(report, "")?.scan;
    if (report === undefined || scan === undefined)
      throw unread(`${key} was not scanned: ${report?.report.failure ?? "its turn has not come"}`);
    if (options.advisories && scan.sources.length === 0)
      throw unread(`there were no advisories to hold ${key} against`);
    const parts = options.parts(scan);
    if (parts.length === 0) return [];
    const { digest } = report.report;
    const question = {
      image: `registry.invalid/image@${digest}`,
      identity: { namespace: "", subjects: [] },
      field: "",
    };
    const now = options.clock ? view.now() : 0;
    const rules = options.rules(view);
    return parts
      .filter(
        ({ part }) =>
          evaluateImage(rules, { ...question, facts: { digest, now, scan: { ...empty, ...part } } }).decision ===
          "deny",
      )
      .map(({ of }) => of);
  },
  same: (a, b) => JSON.stringify(a) === JSON.stringify(b),
});

/** The same of every image of a workload. Throws `Unread` where nobody has looked into one. */
export const refusedImages = <P>(
  view: View,
  workload: Workload,
  refused: Derivation<readonly P[]>,
): readonly (PlacedImage & { readonly refused: readonly P[] })[] =>
  imagesIn(workload).flatMap((image) =>
    view.derive(reportNames, image.reports).map((name) => ({ ...image, refused: view.derive(refused, name) })),
  );

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
    image === undefined || !view.knows(kinds.imageReport) ? [] : reportsOf(view, workload.namespace, image);
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
