import { hasReason } from "@bulkhead/client";
import { parseTrust } from "@bulkhead/policy";
import { type Judged, judgeManifests } from "../check/judge-manifests.ts";
import type { ManifestProblem } from "../check/parse-documents.ts";
import { readFiles } from "../check/read-files.ts";
import { CommandFailure, exitCode, NoInstanceFailure } from "../exit-codes.ts";
import { type Cluster, openCluster } from "../instance/cluster.ts";
import { type Reach, withReach } from "../instance/reach.ts";
import { builtInSnapshot, snapshotOf, type TakenSnapshot } from "../instance/snapshot.ts";

export interface CheckOptions {
  /** As named; undefined: looked for. */
  readonly root?: string;
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly offline?: boolean;
  readonly defaults?: "bulkhead" | "kubernetes";
  readonly trust?: readonly string[];
}

export interface CheckReport {
  /** What the manifests were held against, for a person. */
  readonly against: string;
  readonly notes: readonly string[];
  readonly problems: readonly ManifestProblem[];
  readonly judged: readonly Judged[];
}

interface Ground {
  readonly snapshot: TakenSnapshot;
  readonly against: string;
  readonly namespace: string;
  /** Undefined where no cluster was asked. */
  readonly reach?: Reach;
}

function builtIn(options: CheckOptions, why: string): Ground {
  const patterns = options.trust ?? [];
  const trust = patterns.map((text) => {
    const trusted = parseTrust(text);
    if (trusted === undefined) throw new CommandFailure(`--trust ${text}: write REGISTRY or REGISTRY/PATH`);
    return trusted;
  });
  const defaults = options.defaults ?? "bulkhead";
  const images =
    defaults === "kubernetes"
      ? "every image"
      : trust.length === 0
        ? "no image (name some with --trust)"
        : `images of ${patterns.join(", ")}`;
  const names = defaults === "bulkhead" ? "Bulkhead's defaults" : "upstream's defaults";
  return {
    snapshot: builtInSnapshot(defaults, trust),
    against: `${names}, trusting ${images}${why}`,
    namespace: options.namespace ?? "default",
  };
}

async function ground(options: CheckOptions): Promise<Ground> {
  if (options.offline === true) return builtIn(options, "");
  if (options.trust !== undefined || options.defaults !== undefined)
    throw new CommandFailure("--trust and --defaults go with --offline: a cluster says for itself what it trusts");
  let cluster: Cluster;
  try {
    cluster = await openCluster(options);
  } catch (error) {
    // Nobody named a cluster and there is none here: the defaults are what one would have.
    if (
      !(error instanceof NoInstanceFailure) ||
      options.kubeconfig !== undefined ||
      options.root !== undefined ||
      process.env["KUBECONFIG"] !== undefined
    )
      throw error;
    return builtIn(options, ", since there is no instance here that you may ask");
  }
  try {
    const snapshot = await snapshotOf(cluster, "pod");
    return {
      snapshot,
      against: `${cluster.server} as it is now`,
      namespace: options.namespace ?? cluster.namespace,
      reach: cluster.reach,
    };
  } catch (error) {
    if (!hasReason(error, "ServiceUnavailable", "Timeout") || options.kubeconfig !== undefined) throw error;
    return builtIn(options, `, since ${error.message}`);
  } finally {
    cluster.client.close();
  }
}

/** Judges files, folders and standard input. Throws CommandFailure for what cannot be read or asked. */
export async function check(
  paths: readonly string[],
  options: CheckOptions,
  input: AsyncIterable<Buffer>,
): Promise<CheckReport> {
  const { manifests, problems } = await readFiles(paths, input);
  if (manifests.length === 0 && problems.length === 0)
    throw new CommandFailure(`there is no object in ${paths.join(", ")}`);
  const { snapshot, against, namespace, reach } = await ground(options);
  const judged = judgeManifests(snapshot, manifests, namespace);
  return {
    against,
    notes: snapshot.notes,
    problems,
    judged: reach === undefined ? judged : withReach(judged, reach),
  };
}

/** 2 where something could not be read, 1 where something would be refused, else 0. */
export const checkExit = ({ problems, judged }: CheckReport): number =>
  problems.length > 0 ? exitCode.usage : judged.some((j) => j.answer === "refused") ? exitCode.no : exitCode.ok;
