import { type Evaluation, editedBy, type FixPlan, kindKeyOf, type PlannedDocument } from "@bulkhead/analysis";
import { type KubeObject, type ObjectRef, StatusError } from "@bulkhead/api";
import { type Client, hasReason } from "@bulkhead/client";
import { objectText } from "../../output/verdict-text.ts";
import { withoutValues } from "../without-values.ts";
import { healthBefore, namespacesOf, watchHealth } from "./watch-health.ts";
import { NotOurs, type Resources, takeBack, type Written, writeObject } from "./write-object.ts";

/** Objects that belong together: a finding is put right only by all of them. */
export interface FixGroup {
  readonly documents: readonly PlannedDocument[];
  /** Ids of the findings that it puts right. */
  readonly findings: readonly string[];
}

/** What became of a group. */
export type GroupResult =
  /** It is in, all stayed well, and the findings are gone. */
  | { readonly is: "kept"; readonly group: FixGroup }
  /** It is in and all stayed well, but these findings are there still. */
  | { readonly is: "kept-in-vain"; readonly group: FixGroup; readonly left: readonly string[] }
  /** It hurt, and all of it was taken back. */
  | { readonly is: "taken-back"; readonly group: FixGroup; readonly why: string }
  /** It hurt, and somebody else has changed these objects since: they were left as they are. */
  | { readonly is: "left-hurt"; readonly group: FixGroup; readonly why: string; readonly objects: readonly string[] }
  /** Nothing was changed. */
  | { readonly is: "not-put-in"; readonly group: FixGroup; readonly why: string };

export interface RunOptions {
  readonly soak: number;
  readonly patience: number;
  readonly signal: AbortSignal;
  readonly told: (text: string) => void;
}

const refText = ({ apiVersion, kind, namespace = "", name }: ObjectRef): string =>
  `${kindKeyOf({ apiVersion, kind })} ${namespace}/${name}`;
/** A plan's documents in groups that share a finding, in the plan's order. */
export function groupsOf({ planned, documents }: FixPlan): readonly FixGroup[] {
  const groups: { refs: Set<string>; findings: string[] }[] = documents.map(({ object }) => ({
    refs: new Set([refText(object)]),
    findings: [],
  }));
  const together: string[] = [];
  for (const each of planned) {
    if (each.kind !== "fixed") continue;
    const refs = new Set(each.edits.map((edit) => refText(editedBy(edit))));
    const touched = groups.filter((group) => [...refs].some((ref) => group.refs.has(ref)));
    const [first, ...others] = touched;
    if (first === undefined) {
      together.push(each.finding.id);
      continue;
    }
    first.findings.push(each.finding.id);
    for (const other of others) {
      for (const ref of other.refs) first.refs.add(ref);
      first.findings.push(...other.findings);
      groups.splice(groups.indexOf(other), 1);
    }
  }
  return groups.map(({ refs, findings }) => ({
    documents: documents.filter(({ object }) => refs.has(refText(object))),
    findings,
  }));
}

/**
 * Puts a plan into a cluster, one group after the other: writes, watches the rollout and how all stays for a while, looks
 * again, and takes back what hurt before it goes on.
 */
export async function* runPlan(
  client: Client,
  resources: Resources,
  evaluation: Evaluation,
  groups: readonly FixGroup[],
  options: RunOptions,
): AsyncGenerator<GroupResult> {
  for (const group of groups) yield await runGroup(client, resources, evaluation, group, options);
}

async function runGroup(
  client: Client,
  resources: Resources,
  evaluation: Evaluation,
  group: FixGroup,
  options: RunOptions,
): Promise<GroupResult> {
  const touched = group.documents.flatMap(({ before, after }) => after ?? before ?? []);
  const namespaces = namespacesOf(touched);
  const health = await healthBefore(client, namespaces);
  const written: Written[] = [];
  try {
    for (const document of group.documents) {
      options.told(objectText(document.object));
      written.push(await writeObject(client, resources, document));
    }
  } catch (error) {
    if (!(error instanceof NotOurs) && !(error instanceof StatusError)) throw error;
    if (written.length === 0) return { is: "not-put-in", group, why: error.message };
    return undone(client, group, written, error.message);
  }
  let fault: string | undefined;
  try {
    fault = await watchHealth(client, written, namespaces, health, options);
  } catch (error) {
    // Asked to stop while it is not known to be well: as it was.
    if (options.signal.aborted) fault = "it was interrupted before it had proved itself";
    else if (error instanceof StatusError) fault = `its health could not be watched: ${error.message}`;
    else throw error;
  }
  if (fault !== undefined) return undone(client, group, written, fault);
  await lookAgain(client, evaluation, written);
  const left = group.findings.filter((id) => evaluation.finding(id)?.outcome === "fail");
  return left.length === 0 ? { is: "kept", group } : { is: "kept-in-vain", group, left };
}

async function undone(client: Client, group: FixGroup, written: readonly Written[], why: string): Promise<GroupResult> {
  const objects: string[] = [];
  for (const each of written.toReversed()) {
    const outcome = await takeBack(client, each).catch((error: unknown) => {
      if (error instanceof StatusError) return error.message;
      throw error;
    });
    const text = `${each.resource.kind} ${each.name.namespace === "" ? "" : `${each.name.namespace}/`}${each.name.name}`;
    if (outcome === "changed-since") objects.push(`${text} (changed by somebody else since)`);
    else if (outcome !== "taken-back" && outcome !== "gone") objects.push(`${text} (${outcome})`);
  }
  return objects.length === 0 ? { is: "taken-back", group, why } : { is: "left-hurt", group, why, objects };
}

/** The written objects as the server has them now. */
async function lookAgain(client: Client, evaluation: Evaluation, written: readonly Written[]): Promise<void> {
  const changes = await Promise.all(
    written.map(async ({ resource, name, saved, left }) => {
      const some = left ?? saved;
      const now: KubeObject | undefined = await client.get(resource, name).catch((error: unknown) => {
        if (hasReason(error, "NotFound")) return undefined;
        throw error;
      });
      const kind = kindKeyOf(some ?? { apiVersion: "", kind: resource.kind });
      return { kind, ...name, ...(now === undefined ? {} : { object: withoutValues(now) }) };
    }),
  );
  evaluation.apply(changes);
}
