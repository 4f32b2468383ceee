import {
  type Control,
  comparePosture,
  type Evaluation,
  evaluateWithOwn,
  isAtLeast,
  kinds,
  ObjectSet,
  type OwnControl,
  ownControls,
  ownKinds,
  type PostureBaselineEntry,
  type PostureCompared,
  type PostureFinding,
  type PostureReport,
  postureReport,
  type Settings,
  type Severity,
  selected,
  controls as shipped,
} from "@bulkhead/analysis";
import type { PostureControl } from "@bulkhead/api";
import { type Client, hasReason, postureControls } from "@bulkhead/client";
import type { Manifest } from "../check/manifest.ts";
import type { ManifestProblem } from "../check/parse-documents.ts";
import { CommandFailure, exitCode, NoInstanceFailure } from "../exit-codes.ts";
import { ask, type Cluster, type ClusterOptions } from "../instance/cluster.ts";
import { type Reach, withReach } from "../instance/reach.ts";
import { settingsOf } from "../instance/snapshot.ts";
import { postureBaselineOf } from "../posture/baseline-file.ts";
import { gatherCluster } from "../posture/gather-cluster.ts";
import { gatherFacts } from "../posture/gather-facts.ts";
import { gatherManifests } from "../posture/gather-manifests.ts";
import { type Narrowed, selectionOf } from "../posture/names.ts";
import { controlsIn } from "../posture/own-controls.ts";

/** Where a posture is looked at: a cluster, unless manifests are named. */
export interface PostureOptions extends ClusterOptions, Narrowed {
  readonly from?: readonly string[];
  readonly defaults?: "bulkhead" | "kubernetes";
  /** A folder of an organisation's own controls. */
  readonly controls?: string;
  /** Also ask apt which security updates wait. */
  readonly updates?: boolean;
  readonly failOn?: Severity | "never";
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

/** One look at a cluster or at manifests, held against a baseline where one was named. */
export interface Look {
  /** What was looked at, for a person. */
  readonly of: string;
  readonly kind: "cluster" | "manifests";
  /** RFC 3339. */
  readonly at: string;
  readonly evaluation: Evaluation;
  /** What of it was asked for. */
  readonly report: PostureReport;
  readonly compared?: PostureCompared;
  readonly failOn: Severity | "never";
  /** What counts for the exit code. */
  readonly counting: readonly PostureFinding[];
  readonly notes: readonly string[];
  /** How commands that are printed reach what was looked at; absent: manifests. */
  readonly reach?: Reach;
  readonly problems: readonly ManifestProblem[];
  /** Of manifests: where each object stands. */
  readonly places: ReadonlyMap<string, Manifest>;
}

interface Ground extends Pick<Look, "of" | "kind" | "notes" | "problems" | "places"> {
  readonly objects: ObjectSet;
  readonly settings: Settings;
}

const plainSettings = (defaults: "bulkhead" | "kubernetes"): Settings => ({
  defaults,
  podSecurityDefault: defaults === "bulkhead" ? "restricted" : "privileged",
  network: { nodeIps: [], closed: [] },
});

async function ofManifests(
  paths: readonly string[],
  options: PostureOptions,
  input: AsyncIterable<Buffer>,
): Promise<Ground> {
  const { objects, unread, problems, places } = await gatherManifests(paths, options.namespace ?? "default", input);
  return {
    of: paths.map((path) => (path === "-" ? "standard input" : path)).join(", "),
    kind: "manifests",
    objects: new ObjectSet(objects, unread),
    settings: plainSettings(options.defaults ?? "bulkhead"),
    notes: [],
    problems,
    places,
  };
}

/** All that a cluster says, and that this machine says of its own instance. */
async function groundOfCluster(cluster: Cluster, controls: readonly Control[], updates: boolean): Promise<Ground> {
  const [read, { facts, notes }] = await Promise.all([
    postureControlsOf(cluster.client).then((own) =>
      gatherCluster(cluster.client, cluster.namespace, [...controls.flatMap((each) => each.kinds), ...ownKinds(own)]),
    ),
    settingsOf(cluster),
  ]);
  const told = await gatherFacts(cluster, read, updates);
  const { defaults, podSecurityDefault, node, now: _, complete: __, ...network } = facts;
  return {
    of: cluster.server,
    kind: "cluster",
    objects: new ObjectSet([...read.objects, ...told.objects], [...read.unread, ...told.unread]),
    settings: { defaults, podSecurityDefault, network, ...(node === undefined ? {} : { node }) },
    notes,
    problems: [],
    places: new Map(),
  };
}

/** Which kinds the cluster's own controls ask for; where they may not be read, the look itself says so. */
async function postureControlsOf(client: Client): Promise<readonly PostureControl[]> {
  try {
    return (await client.list(postureControls)).items;
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    return [];
  }
}

/** The PostureControls of a ground, which count beside the controls that are named. */
const ownOf = ({ objects }: Ground, controls: readonly Control[]): Promise<readonly OwnControl[]> =>
  ownControls(
    objects.list(kinds.postureControl),
    controls.map(({ id }) => id),
  );

/** What of a ground was asked for, judged by controls, the ground's own among them, and beside a baseline. */
export function lookAt(
  ground: Ground,
  named: readonly Control[],
  options: PostureOptions,
  entries: readonly PostureBaselineEntry[] | undefined,
  now: number,
  own: readonly OwnControl[] = [],
): Look {
  const { objects, settings } = ground;
  const { evaluation } = evaluateWithOwn({ objects, controls: named, own, settings, now });
  const { controls } = evaluation;
  const all = [...ground.objects.all()];
  const namespaces = new Set(
    all.flatMap(({ kind, metadata }) => (kind === "Namespace" ? metadata.name : metadata.namespace) ?? []),
  );
  const known = {
    controls,
    namespaces: [...namespaces],
    objects: all.map(({ kind, metadata }) => ({ kind, name: metadata.name ?? "" })),
  };
  const whole = postureReport(evaluation);
  const report = selected(whole, selectionOf(options, known));
  const compared = entries === undefined ? undefined : comparePosture(whole, entries, now);
  const failOn = options.failOn ?? "high";
  const { of, kind, notes, problems, places } = ground;
  return {
    of,
    kind,
    at: new Date(now).toISOString(),
    evaluation,
    report,
    ...(compared === undefined ? {} : { compared }),
    failOn,
    counting: report.findings.filter((finding) => counts(finding, failOn, compared)),
    notes,
    problems,
    places,
  };
}

/** What fails at or above the bar and is not known from before; a control that failed to run counts always. */
function counts(finding: PostureFinding, bar: Severity | "never", compared: PostureCompared | undefined): boolean {
  if (finding.outcome === "error") return true;
  if (finding.outcome !== "fail" || bar === "never" || !isAtLeast(finding.severity, bar)) return false;
  return compared?.standings.get(finding.id)?.is !== "known";
}

/** Looks, and hands what it saw to `then`; a cluster's connection stays open until that is done. */
export async function look<T>(
  options: PostureOptions,
  input: AsyncIterable<Buffer>,
  then: (look: Look, cluster: Cluster | undefined) => T | Promise<T>,
): Promise<T> {
  // A broken baseline is told before anything is read.
  const entries = await postureBaselineOf(options);
  const controls = options.controls === undefined ? shipped : [...shipped, ...(await controlsIn(options.controls))];
  const now = Date.now();
  if (options.from !== undefined) {
    // The environment names a root for every command.
    for (const option of ["root", "kubeconfig", "context"] as const)
      if (options[option] !== undefined && !(option === "root" && process.env["BULKHEAD_ROOT"] === options.root))
        throw new CommandFailure(`--from looks at manifests and asks no cluster: leave out --${option}`);
    const ground = await ofManifests(options.from, options, input);
    const own = await ownOf(ground, controls);
    return then(lookAt(ground, controls, options, entries, now, own), undefined);
  }
  if (options.defaults !== undefined)
    throw new CommandFailure("--defaults goes with --from: a cluster says for itself what its defaults are");
  try {
    return await ask(options, async (cluster) => {
      const ground = await groundOfCluster(cluster, controls, options.updates === true);
      const seen = lookAt(ground, controls, options, entries, now, await ownOf(ground, controls));
      return then({ ...seen, report: withReach(seen.report, cluster.reach), reach: cluster.reach }, cluster);
    });
  } catch (error) {
    if (!(error instanceof NoInstanceFailure)) throw error;
    throw new NoInstanceFailure(
      `${error.message}; or look at any cluster (--kubeconfig FILE), or at manifests (--from FOLDER)`,
      error,
    );
  }
}

/** 2 where something could not be read, 1 where something counts, else 0. */
export const postureExit = ({ problems, counting }: Pick<Look, "problems" | "counting">): number =>
  problems.length > 0 ? exitCode.usage : counting.length > 0 ? exitCode.no : exitCode.ok;
