import type { InstanceConfig, InstancePaths } from "@bulkhead/host";
import { keeperClient } from "../current/keeper-client.ts";
import { adminClient } from "../instance/admin-client.ts";
import { tellEvent } from "../instance/tell-event.ts";

/** What became of a release, each an Event about the node, whose making the audit log records. */
export type ReleaseStep =
  | "staged"
  | "tried"
  | "refused"
  | "switching"
  | "updated"
  | "taken-back"
  | "rolling-back"
  | "rolled-back";

/** How a step reads as an Event's reason: `ReleaseTakenBack`. */
const reasonOf = (step: ReleaseStep): string =>
  `Release${step
    .split("-")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("")}`;

export interface Recording {
  readonly paths: InstancePaths;
  readonly config: InstanceConfig;
  readonly step: ReleaseStep;
  readonly from: string;
  readonly to: string;
  readonly note: string;
  /** CurrencyPolicies on whose word it is done; absent: whoever is root. */
  readonly policies?: readonly string[] | undefined;
}

/**
 * Tells a step to the API: an Event in `default` whose name says it, since names are what the audit log keeps of a
 * request. Resolves with false where the API does not answer: then nobody records it but the report.
 */
export async function recordStep({ paths, config, policies, ...about }: Recording, now = Date.now()): Promise<boolean> {
  // Done by policy it is told by the identity that acts by policies.
  const client = await (policies === undefined ? adminClient : keeperClient)(paths).catch(() => undefined);
  if (client === undefined) return false;
  const word = (version: string): string => version.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, "-");
  const by = policies === undefined ? "" : `.by-${word(policies.join("-"))}`.slice(0, 80).replace(/[^a-z0-9]+$/, "");
  const name = `bulkhead-release-${about.step}.from-${word(about.from)}.to-${word(about.to)}${by}`;
  const message = `${policies === undefined ? "" : `by CurrencyPolicy ${policies.join(", ")}: `}${about.note}`;
  const type = ["refused", "taken-back"].includes(about.step) ? "Warning" : "Normal";
  try {
    const told = { component: "bulkhead-current", name, reason: reasonOf(about.step), message, type } as const;
    return await tellEvent(client, config, told, now);
  } finally {
    client.close();
  }
}
