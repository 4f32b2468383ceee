import {
  type AskedSpan,
  complianceEvidence,
  type Evaluation,
  type Evidence,
  type FrameworkId,
  frameworks,
  type PostureReport,
  type Span,
} from "@bulkhead/analysis";
import { momentOf } from "../audit/filter.ts";
import { chainRecord } from "../compliance/chain-record.ts";
import { askedSpan } from "../compliance/recorded-span.ts";
import { CommandFailure } from "../exit-codes.ts";
import type { Cluster } from "../instance/cluster.ts";
import { firstSeen } from "../posture/first-seen.ts";
import { oneOf } from "../posture/names.ts";
import { type Look, look, type PostureOptions } from "./posture.ts";

/** Of which frameworks, and where it is looked. */
export interface ComplianceOptions
  extends Pick<PostureOptions, "from" | "root" | "kubeconfig" | "context" | "defaults" | "namespace" | "controls"> {
  /** As typed; absent: all. */
  readonly framework?: string;
  /** A span of time, as typed: how requirements stood all over it is asked beside how they stand. */
  readonly since?: string;
  readonly until?: string;
}

/** Evidence, with what it was made of. */
export interface Gathered {
  readonly evidence: Evidence;
  readonly evaluation: Evaluation;
  readonly report: PostureReport;
  /** Files that could not be read as they were named. */
  readonly problems: Look["problems"];
}

const all = Object.keys(frameworks) as readonly FrameworkId[];

/** The frameworks meant. Throws CommandFailure that names what comes nearest. */
export const frameworksNamed = (typed: string | undefined): readonly FrameworkId[] =>
  typed === undefined ? all : [oneOf(typed, all, "framework")];

/** The span that is asked for. Throws CommandFailure where nobody could have recorded it. */
function spanOf(
  since: string | undefined,
  until: string | undefined,
  { from, namespace }: Pick<ComplianceOptions, "from" | "namespace">,
  now: number,
): Span | undefined {
  if (since === undefined) {
    if (until === undefined) return undefined;
    throw new CommandFailure("--until ends a span: say with --since where it begins");
  }
  if (from !== undefined) throw new CommandFailure("--since: manifests do not say how they stood before");
  if (namespace !== undefined)
    throw new CommandFailure("--since: how things stood is recorded for the whole cluster; leave -n out");
  const span = {
    from: momentOf("--since", since, now).getTime(),
    to: until === undefined ? now : momentOf("--until", until, now).getTime(),
  };
  if (span.to > now) throw new CommandFailure(`--until ${until ?? ""}: that is still to come`);
  if (span.from >= span.to) throw new CommandFailure(`--since ${since}: the span ends before it begins`);
  return span;
}

/** What can be said of the audit chain; of another cluster's nothing. */
async function recordOf(cluster: Cluster | undefined, notLooked: string[]): Promise<Evidence["record"]> {
  if (cluster === undefined) return undefined;
  if (cluster.instance === undefined) {
    notLooked.push("The audit log of another cluster is not ours to read.");
    return undefined;
  }
  try {
    return await chainRecord(cluster.paths.root);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    notLooked.push(`The audit chain: ${error.message}.`);
    return undefined;
  }
}

/** Looks, lays what was seen beside what frameworks ask for, and hands it to `then`. */
export async function gatherCompliance<T>(
  { framework, since: from, until, ...options }: ComplianceOptions,
  version: string,
  input: AsyncIterable<Buffer>,
  then: (gathered: Gathered) => T | Promise<T>,
): Promise<T> {
  const asked = frameworksNamed(framework);
  const span = spanOf(from, until, options, Date.now());
  return look({ ...options, failOn: "never" }, input, async (seen, cluster) => {
    const notLooked = [...seen.notes];
    const since = cluster === undefined ? undefined : await firstSeen(cluster, notLooked);
    const record = await recordOf(cluster, notLooked);
    const { namespace } = options;
    const over =
      span === undefined || cluster === undefined ? undefined : await askedSpan(cluster, span, until === undefined);
    return then(evidenceOf(seen, asked, { version, notLooked, firstSeen: since, record, namespace, asked: over }));
  });
}

/** What one look says of frameworks. */
function evidenceOf(
  { of, at, evaluation, report, problems }: Look,
  asked: readonly FrameworkId[],
  about: {
    readonly version: string;
    readonly notLooked: readonly string[];
    readonly firstSeen?: ReadonlyMap<string, number> | undefined;
    readonly record?: Evidence["record"] | undefined;
    readonly namespace?: string | undefined;
    readonly asked?: AskedSpan | undefined;
  },
): Gathered {
  const { version, notLooked, firstSeen: since, record, namespace, asked: over } = about;
  const evidence = complianceEvidence(evaluation, report, asked, {
    of,
    at,
    version,
    notLooked,
    unreadable: problems.map(({ file, line, says }) => `${file}:${line}: ${says}`),
    ...(since === undefined ? {} : { firstSeen: since }),
    ...(record === undefined ? {} : { record }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(over === undefined ? {} : { asked: over }),
  });
  return { evidence, evaluation, report, problems };
}
