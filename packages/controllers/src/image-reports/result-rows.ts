import {
  type FindingFacts,
  type FindingSeverity,
  type ImageReportSummary,
  type OpenReportResult,
  type OpenReportSeverity,
  type ScanFacts,
} from "@bulkhead/api";
import { evaluateImage, type ImageRule, type ImageRuleSet, type ImageVerdict } from "@bulkhead/policy";
import type { NamespaceImage } from "./namespace-images.ts";

/** Characters of one text. */
const mostText = 512;

export interface ReportQuestion {
  readonly namespace: string;
  readonly images: readonly NamespaceImage[];
  readonly summaryOf: (digest: string) => ImageReportSummary | undefined;
  readonly rules: ImageRuleSet;
  readonly now: number;
}

const severities: Readonly<Record<FindingSeverity, OpenReportSeverity>> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
  negligible: "info",
  unknown: "info",
};
/** Gravest first. */
export const grave: readonly OpenReportSeverity[] = ["critical", "high", "medium", "low", "info"];

const cut = (text: string): string => (text.length > mostText ? `${text.slice(0, mostText - 1)}…` : text);

const nothing: ScanFacts = {
  findings: [],
  // Something fresh: that sources are stale is the image's own result.
  sources: [{ name: "all" }],
  endOfLife: [],
  misconfigurations: [],
  secrets: [],
  blindSpots: [],
};

/** What the decider says of an image with these facts, were it new here. */
function judge({ rules, now }: ReportQuestion, image: NamespaceImage, scan: ScanFacts): ImageVerdict {
  const { digest, identity } = image;
  return evaluateImage(rules, {
    image: image.name.includes("@") ? image.name : `${image.name}@${digest}`,
    identity,
    field: "",
    stage: "start",
    facts: { digest, scan, now },
  });
}

/** How one thing that was found weighs: by the decider alone, which is asked about nothing else. */
function weigh(
  verdict: ImageVerdict,
  rules: readonly ImageRule[],
): { readonly result: "fail" | "warn" | "skip"; readonly says?: string; readonly by?: string } {
  const because = verdict.because.find(({ rule }) => rules.some((each) => each === rule));
  const by = because?.object === undefined ? {} : { by: because.object.name };
  if (because !== undefined)
    return { result: verdict.decision === "deny" ? "fail" : "warn", says: because.says, ...by };
  const [lifted] = verdict.lifted;
  if (lifted !== undefined) return { result: "skip", says: lifted.says };
  // Nobody asks: it is there all the same.
  return { result: "warn" };
}

/** A result, and where it belongs among the others. */
export interface Row {
  readonly result: OpenReportResult;
  readonly ofImage: boolean;
  /** Malicious and exploited go before every severity. */
  readonly weight: number;
}

const timestampOf = (summary: ImageReportSummary | undefined): Pick<OpenReportResult, "timestamp"> => {
  const at = Date.parse(summary?.scannedAt ?? "");
  return Number.isNaN(at) ? {} : { timestamp: { seconds: Math.floor(at / 1000), nanos: 0 } };
};

const propertiesOf = ({ name, digest }: NamespaceImage, more: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries({ image: name, digest, ...more }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, cut(value)]],
    ),
  );

/** One flaw in one image. */
function findingRow(
  question: ReportQuestion,
  image: NamespaceImage,
  summary: ImageReportSummary,
  f: FindingFacts,
): Row {
  const verdict = judge(question, image, { ...nothing, findings: [f] });
  const weighed = weigh(verdict, ["vulnerability", "exploited", "malicious"]);
  const settled = f.notAffectedBy !== undefined && weighed.says === undefined;
  const result = settled ? "skip" : weighed.result;
  const [name = f.package, ...version] = f.package.split(" ");
  const mended =
    f.malicious === true ? "malicious" : f.fixedVersion === undefined ? "no fix yet" : `fixed in ${f.fixedVersion}`;
  const severity = f.malicious === true ? "critical" : severities[f.severity];
  return {
    ofImage: false,
    weight: f.malicious === true ? 2 : f.exploited === true ? 1 : 0,
    result: {
      policy: f.id,
      rule: name,
      category: f.malicious === true ? "Malicious package" : "Vulnerability",
      severity,
      result,
      scored: result === "fail",
      ...timestampOf(summary),
      resources: image.subjects,
      message: cut(weighed.says ?? `${f.id} in ${f.package}: ${mended}`),
      properties: propertiesOf(image, {
        package: name,
        installedVersion: version.length === 0 ? undefined : version.join(" "),
        fixedVersion: f.fixedVersion,
        aliases: f.aliases.length === 0 ? undefined : f.aliases.join(","),
        exploited: f.exploited === true ? "true" : undefined,
        inUse: f.inUse === true ? "true" : undefined,
        notAffectedBy: f.notAffectedBy?.join(","),
        imageTrustPolicy: weighed.by,
      }),
    },
  };
}

function otherRows(question: ReportQuestion, image: NamespaceImage, summary: ImageReportSummary): Row[] {
  const row = (
    scan: Partial<ScanFacts>,
    rule: ImageRule,
    of: {
      readonly policy: string;
      readonly rule: string;
      readonly category: string;
      readonly severity: OpenReportSeverity;
    },
    message: string,
  ): Row => {
    const { result, says, by } = weigh(judge(question, image, { ...nothing, ...scan }), [rule]);
    return {
      ofImage: false,
      weight: 0,
      result: {
        ...of,
        result,
        scored: result === "fail",
        ...timestampOf(summary),
        resources: image.subjects,
        message: cut(says ?? message),
        properties: propertiesOf(image, { imageTrustPolicy: by }),
      },
    };
  };
  const { endOfLife = [], misconfigurations = [], secrets = [] } = summary.worst ?? {};
  return [
    ...endOfLife.map((product) =>
      row(
        { endOfLife: [product] },
        "end-of-life",
        { policy: "end-of-life", rule: product.name, category: "End of life", severity: "medium" },
        `${product.name} is not mended any more since ${product.since}`,
      ),
    ),
    ...misconfigurations.map((check) =>
      row(
        { misconfigurations: [check] },
        "misconfiguration",
        { policy: check.id, rule: check.id, category: "Misconfiguration", severity: severities[check.severity] },
        check.says,
      ),
    ),
    ...secrets.map((secret) =>
      row(
        { secrets: [secret] },
        "secret",
        { policy: "secret", rule: secret.rule, category: "Secret", severity: "high" },
        `a secret (${secret.rule}) in ${secret.path}`,
      ),
    ),
  ];
}

const counted = [
  "critical",
  "high",
  "medium",
  "low",
  "negligible",
  "unknown",
  "fixable",
  "exploited",
  "malicious",
] as const;

const sourcesOf = (sources: ImageReportSummary["sources"]): ScanFacts["sources"] =>
  sources.map(({ name, stale }) => ({ name, ...(stale === undefined ? {} : { stale }) }));

/** The image as a whole: whether it might start anew, and what is known at all. */
function imageRow(question: ReportQuestion, image: NamespaceImage, summary: ImageReportSummary | undefined): Row {
  const head = {
    policy: "image",
    rule: "may-run",
    category: "Image",
    ...timestampOf(summary),
    resources: image.subjects,
  };
  if (summary?.scannedAt === undefined || summary.failure !== undefined) {
    const message =
      summary?.failure === undefined ? "not scanned yet" : `could not be scanned or matched: ${summary.failure}`;
    return {
      ofImage: true,
      weight: 0,
      result: { ...head, result: "error", scored: false, message: cut(message), properties: propertiesOf(image, {}) },
    };
  }
  const { counts: all, worst, sources, blindSpots, distribution } = summary;
  // Where nothing was matched, no flaw is known, and that is no number.
  const counts = sources.length === 0 ? undefined : all;
  const verdict = judge(question, image, { ...nothing, ...worst, sources: sourcesOf(sources), blindSpots });
  const listed = worst?.findings.length ?? 0;
  const found = counts === undefined ? 0 : counted.slice(0, 6).reduce((sum, name) => sum + counts[name], 0);
  const unknown = [
    ...(sources.length === 0 ? ["there are no advisories to match it with"] : []),
    ...(sources.some(({ stale }) => stale !== undefined) ? ["advisories are stale"] : []),
    ...(blindSpots.length > 0 ? [`${blindSpots.length} blind spots`] : []),
  ];
  const decided = { deny: "fail", hold: "error", warn: "warn", allow: unknown.length === 0 ? "pass" : "warn" } as const;
  const result = decided[verdict.decision];
  const says =
    verdict.decision === "allow"
      ? unknown.length === 0
        ? "may run"
        : `may run, and not everything is known: ${unknown.join(", ")}`
      : (verdict.because[0]?.says ?? "");
  const tally = counts === undefined ? [] : counted.map((name) => [name, String(counts[name])] as const);
  const severity =
    counts === undefined ? undefined : (grave.find((_, i) => i < 4 && counts[counted[i] ?? "low"] > 0) ?? "info");
  return {
    ofImage: true,
    weight: 0,
    result: {
      ...head,
      ...(severity === undefined ? {} : { severity }),
      result,
      scored: result === "fail",
      message: cut(says),
      properties: propertiesOf(image, {
        distribution,
        ...Object.fromEntries(tally),
        misconfigurations: all === undefined ? undefined : String(all.misconfigurations),
        secrets: all === undefined ? undefined : String(all.secrets),
        findingsNotListed: found > listed ? String(found - listed) : undefined,
      }),
    },
  };
}

/** Everything to be told of one image. */
export function rowsOf(question: ReportQuestion, image: NamespaceImage): readonly Row[] {
  const summary = question.summaryOf(image.digest);
  if (summary === undefined) return [imageRow(question, image, undefined)];
  return [
    imageRow(question, image, summary),
    ...(summary.worst?.findings ?? []).map((f) => findingRow(question, image, summary, f)),
    ...otherRows(question, image, summary),
  ];
}
