import { existsSync } from "node:fs";
import { type ControlCard, controls, type PostureFinding, terms } from "@bulkhead/analysis";
import type { ImageReport } from "@bulkhead/api";
import { hasReason, imageReports, postureControls } from "@bulkhead/client";
import { type Epss, type Exploited, openAdvisories } from "@bulkhead/images";
import { advisoriesFile } from "../advisories/database-file.ts";
import { CommandFailure } from "../exit-codes.ts";
import { type ClusterOptions, openCluster } from "../instance/cluster.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { nearest } from "../output/nearest.ts";
import { cardOf } from "../posture/card-text.ts";
import { look } from "./posture.ts";

export interface ExplainOptions extends ClusterOptions {
  readonly database?: string;
}

/** A flaw as far as this machine and this cluster know of it. */
export interface ExplainedFlaw {
  readonly id: string;
  readonly database: string;
  /** Names of the sources that are at hand; empty: nothing was taken in. */
  readonly sources: readonly string[];
  readonly cvss?: { readonly score: number; readonly vector: string; readonly source: string };
  readonly exploited?: Exploited;
  readonly epss?: Epss;
  /** Images that run and have it among the gravest that their reports name. */
  readonly images: readonly {
    readonly image: string;
    readonly namespaces: readonly string[];
    readonly package: string;
    readonly severity: string;
    readonly fixedVersion?: string;
    readonly inUse?: boolean;
  }[];
  /** Images that run and that nobody could match. */
  readonly unmatched: readonly string[];
  /** Why no cluster was asked. */
  readonly unasked?: string;
}

export type Explained =
  | {
      readonly is: "control";
      readonly card: ControlCard;
      /** Of the cluster that was reached; absent: none was, and `unasked` says why. */
      readonly findings?: readonly PostureFinding[];
      readonly of?: string;
      readonly passed?: number;
      readonly unasked?: string;
    }
  | { readonly is: "flaw"; readonly flaw: ExplainedFlaw };

const flawName = /^(CVE|GHSA|GO|DSA|DLA|USN|RHSA|ALSA|RLSA|PYSEC|RUSTSEC|MAL)-[A-Za-z0-9:.-]+$/i;

/** What a word means here that is no term: a control, a flaw. Throws CommandFailure that names what comes near. */
export async function explain(word: string, options: ExplainOptions): Promise<Explained> {
  const control = controls.find(({ id }) => id === word);
  if (control !== undefined) return explainControl(cardOf(control), options);
  if (flawName.test(word)) return { is: "flaw", flaw: await explainFlaw(word.toUpperCase(), options) };
  const own = await explainOwn(word, options);
  if (own !== undefined) return own;
  const near = nearest(word, [
    ...controls.map(({ id }) => id),
    ...terms.flatMap(({ name, also = [] }) => [name, ...also]),
  ]);
  throw new CommandFailure(
    `${JSON.stringify(word)} is no control, no flaw's name (CVE-…) and no term${near === undefined ? "; bulkhead explain lists what there is" : `; did you mean ${near}?`}`,
  );
}

/** A control of the organisation's own, which only its cluster knows; undefined where none is asked, or it has none so called. */
async function explainOwn(word: string, options: ExplainOptions): Promise<Explained | undefined> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(word)) return undefined;
  const named = options.kubeconfig !== undefined || options.context !== undefined;
  const isThere = async (): Promise<boolean> => {
    const cluster = await openCluster(options);
    try {
      await cluster.client.get(postureControls, { namespace: "", name: word });
      return true;
    } catch (error) {
      if (hasReason(error, "NotFound", "Forbidden")) return false;
      throw error;
    } finally {
      cluster.client.close();
    }
  };
  try {
    if (!(await isThere())) return undefined;
  } catch (error) {
    if (!(error instanceof CommandFailure) || named) throw error;
    return undefined;
  }
  return look(options, process.stdin, ({ of, report, evaluation }) => {
    const card = evaluation.controls.find(({ id }) => id === word);
    if (card === undefined) return undefined;
    const findings = report.findings.filter(({ control }) => control === word);
    const passed = report.controls.find(({ id }) => id === word)?.passed ?? 0;
    return { is: "control" as const, card: cardOf(card), of, findings, passed };
  });
}

async function explainControl(card: ControlCard, options: ExplainOptions): Promise<Explained> {
  try {
    return await look(options, process.stdin, ({ of, report }) => ({
      is: "control" as const,
      card,
      of,
      findings: report.findings.filter(({ control }) => control === card.id),
      passed: report.controls.find(({ id }) => id === card.id)?.passed ?? 0,
    }));
  } catch (error) {
    // The card needs no cluster; whoever named one wants to hear why it is silent.
    if (!(error instanceof CommandFailure) || options.kubeconfig !== undefined || options.context !== undefined)
      throw error;
    return { is: "control", card, unasked: error.message };
  }
}

async function explainFlaw(id: string, options: ExplainOptions): Promise<ExplainedFlaw> {
  const cluster = await reportsOf(options);
  const file = advisoriesFile({
    root: cluster.root ?? rootToMake(options.root),
    ...(options.database === undefined ? {} : { database: options.database }),
  });
  if (options.database !== undefined && !existsSync(file)) throw new CommandFailure(`${file} is not there`);
  const known = existsSync(file) ? knownOf(file, id) : { sources: [] };
  const running = (cluster.reports ?? []).map(({ report }) => report).filter(({ images }) => images.length > 0);
  return {
    id,
    database: file,
    ...known,
    images: running.flatMap(({ images, namespaces, worst }) =>
      (worst?.findings ?? [])
        .filter((finding) => finding.id === id || finding.aliases.includes(id))
        .map(({ package: found, severity, fixedVersion, inUse }) => ({
          image: images[0] ?? "",
          namespaces,
          package: found,
          severity,
          ...(fixedVersion === undefined ? {} : { fixedVersion }),
          ...(inUse === undefined ? {} : { inUse }),
        })),
    ),
    unmatched: running
      .filter(({ matchedAt, failure }) => matchedAt === undefined || failure !== undefined)
      .map(({ images, digest }) => images[0] ?? digest),
    ...(cluster.unasked === undefined ? {} : { unasked: cluster.unasked }),
  };
}

function knownOf(file: string, id: string): Pick<ExplainedFlaw, "sources" | "cvss" | "exploited" | "epss"> {
  const database = openAdvisories(file);
  try {
    const scored = database.scored(id);
    const exploited = database.exploited(id);
    const epss = database.epss(id);
    return {
      sources: database.sources().map(({ name }) => name),
      ...(scored === undefined ? {} : { cvss: { ...scored.cvss, source: scored.source } }),
      ...(exploited === undefined ? {} : { exploited }),
      ...(epss === undefined ? {} : { epss }),
    };
  } finally {
    database.close();
  }
}

async function reportsOf(options: ExplainOptions): Promise<{
  readonly reports?: readonly ImageReport[];
  readonly root?: string;
  readonly unasked?: string;
}> {
  try {
    const cluster = await openCluster(options);
    try {
      const root = cluster.instance === undefined ? {} : { root: cluster.paths.root };
      const { items } = await cluster.client.list(imageReports);
      return { reports: items, ...root };
    } finally {
      cluster.client.close();
    }
  } catch (error) {
    if (hasReason(error, "NotFound")) return { unasked: "this cluster keeps no ImageReports" };
    if (hasReason(error, "Forbidden", "ServiceUnavailable", "Timeout")) return { unasked: error.message };
    if (error instanceof CommandFailure && options.kubeconfig === undefined) return { unasked: error.message };
    throw error;
  }
}
