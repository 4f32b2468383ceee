import type { Exception } from "@bulkhead/api";
import { type Client, exceptions as exceptionResource, hasReason, postureControls } from "@bulkhead/client";
import { type Allowance, AllowError, allowUsage, parseAllow, subjectFinder } from "@bulkhead/policy";
import { allowOnNode, type NodeOutcome, takeBackOnNode } from "../allow/node-file.ts";
import { CommandFailure } from "../exit-codes.ts";
import { type ClusterOptions, openCluster } from "../instance/cluster.ts";
import { findInstance } from "../instance/find-instance.ts";
import { reaching } from "../instance/reach.ts";
import { snapshotOf } from "../instance/snapshot.ts";
import { whoAmI } from "../why/who-am-i.ts";

export type AllowReport =
  | {
      readonly did: "written";
      readonly exceptions: readonly Exception[];
      /** The command that takes each back. */
      readonly takeBack: readonly string[];
    }
  | { readonly did: "taken-back"; readonly exceptions: readonly Exception[] }
  | NodeOutcome;

export interface AllowOptions extends ClusterOptions {
  /** Undo what the same words did. */
  readonly takeBack?: boolean;
}

/** What is written of this in managedFields. */
const fieldManager = "bulkhead-allow";

/** Who is at the machine: sudo tells who became root. */
function machineUser(): string {
  const user = process.env["SUDO_USER"];
  return user === undefined || user === "" || user === "root" ? "root" : `${user} (as root)`;
}

function parsed(words: readonly string[], facts: Parameters<typeof parseAllow>[1]): Allowance {
  try {
    return parseAllow(words, facts);
  } catch (error) {
    if (error instanceof AllowError)
      throw new CommandFailure(
        error.message === allowUsage ? `say what to allow:\n${allowUsage}` : error.message,
        2,
        error,
      );
    throw error;
  }
}

/** The cluster's own controls; none where their kind is not served or may not be read. */
async function ownNames(client: Client): Promise<readonly string[]> {
  try {
    return (await client.list(postureControls, { metadataOnly: true })).items.map(
      ({ metadata }) => metadata.name ?? "",
    );
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    return [];
  }
}

/** A control is told by its form in policy; whether there is one of that name is known here. Throws CommandFailure. */
async function checkControl(word: string | undefined, client: Client): Promise<void> {
  const { controls } = await import("@bulkhead/analysis");
  const { oneOf } = await import("../posture/names.ts");
  const ids = controls.map(({ id }) => id);
  if (word !== undefined && !ids.includes(word)) oneOf(word, [...ids, ...(await ownNames(client))], "control");
}

/** Does what the words after `bulkhead allow` say. Writes refused by the API server are StatusErrors. */
export async function allow(words: readonly string[], options: AllowOptions): Promise<AllowReport> {
  // No reason is needed to take something back, but the words are read by the same rules.
  const said = options.takeBack === true && !words.includes("--reason") ? [...words, "--reason", "taken back"] : words;
  if (words[0] === "node") {
    const allowance = parsed(said, { now: Date.now(), author: machineUser() });
    if (allowance.kind !== "node") throw new CommandFailure("bulkhead allow node writes the node's file only");
    const { root } = (await findInstance(options.root)).paths;
    return options.takeBack === true
      ? takeBackOnNode(root, allowance.allowance)
      : allowOnNode(root, allowance.allowance);
  }
  // What can be told without the cluster is told before it is asked.
  if (words[0] !== "traffic") parsed(said, { now: Date.now(), author: "nobody yet" });
  const cluster = await openCluster(options);
  try {
    if (words[0] === "posture") await checkControl(words[1], cluster.client);
    const author = (await whoAmI(cluster.client)).name;
    const kindOf = words[0] === "traffic" ? subjectFinder(await snapshotOf(cluster, "traffic")) : undefined;
    const facts = { now: Date.now(), author, ...(kindOf === undefined ? {} : { kindOf }) };
    const allowance = parsed(said, facts);
    if (allowance.kind === "node") throw new CommandFailure("write bulkhead allow node …");
    const exceptions: Exception[] = [];
    for (const exception of allowance.exceptions) {
      const name = { namespace: exception.metadata.namespace ?? "", name: exception.metadata.name ?? "" };
      if (options.takeBack === true) {
        await cluster.client.delete(exceptionResource, name).catch((error: unknown) => {
          if (!hasReason(error, "NotFound")) throw error;
          throw new CommandFailure(
            `there is no Exception ${name.namespace}/${name.name}; bulkhead allow --list shows what there is`,
            1,
            error,
          );
        });
        exceptions.push(exception);
      } else {
        const written = await cluster.client.patch(exceptionResource, name, "apply", exception, {
          fieldManager,
          force: true,
        });
        exceptions.push(written as Exception);
      }
    }
    if (options.takeBack === true) return { did: "taken-back", exceptions };
    const takeBack = exceptions.map(({ metadata }) =>
      reaching(`kubectl delete exception ${metadata.name} -n ${metadata.namespace}`, cluster.reach),
    );
    return { did: "written", exceptions, takeBack };
  } finally {
    cluster.client.close();
  }
}
