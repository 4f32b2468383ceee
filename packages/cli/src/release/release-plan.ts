import type { InstalledPrograms, ReleaseManifest, ReleaseSchema } from "@bulkhead/host";
import { compareVersions } from "@bulkhead/images";

/** What a person would be asked to agree to, and why not where it cannot be. */
export interface ReleasePlan {
  readonly from: string;
  readonly to: string;
  readonly step: "update" | "nothing" | "refused";
  readonly why?: ReleaseRefusal;
  /** The database's format now, and after the switch. */
  readonly format: { readonly from: number; readonly to: number };
  /** What going back would take. */
  readonly wayBack: WayBack;
}

export type ReleaseRefusal = "downgrade" | "same-version-other-content" | "cannot-be-ordered" | "database-not-read";

/** `program`: the earlier one reads the database as it is. `database`: the copy has to come back, and writes are lost. */
export type WayBack = "program" | "database";

/** Which way leads from a database's format to programs that read these. */
export const wayBackTo = (schema: ReleaseSchema, format: number): WayBack =>
  schema.reads.includes(format) ? "program" : "database";

export interface PlanFacts {
  readonly here: InstalledPrograms;
  readonly next: Pick<ReleaseManifest, "version" | "schema">;
  readonly nextManifest: string;
  /** Of the database now. */
  readonly format: number;
}

/** What putting a release in would mean. Pure. */
export function planRelease({ here, next, nextManifest, format }: PlanFacts): ReleasePlan {
  const base = {
    from: here.version,
    to: next.version,
    format: { from: format, to: next.schema.writes },
    wayBack: wayBackTo(here.schema, next.schema.writes),
  };
  const refused = (why: ReleaseRefusal): ReleasePlan => ({ ...base, step: "refused", why });
  if (!next.schema.reads.includes(format)) return refused("database-not-read");
  const order = compareVersions("npm", next.version, here.version);
  if (order === "unparsable" || order === "no-order") return refused("cannot-be-ordered");
  if (order < 0) return refused("downgrade");
  // A clone's programs are of some version; the release of that version may take their place.
  if (order === 0 && here.manifest !== undefined)
    return here.manifest === nextManifest ? { ...base, step: "nothing" } : refused("same-version-other-content");
  return { ...base, step: "update" };
}

/** Why a plan is refused, and what to do instead. */
export const refusalText = ({ why, from, to, format }: ReleasePlan): string =>
  ({
    downgrade: `${to} is older than ${from}, which runs: the way back is bulkhead current rollback --bulkhead`,
    "same-version-other-content": `${to} runs already, with other content: two archives of one version are not both right`,
    "cannot-be-ordered": `${to} cannot be ordered against ${from}`,
    "database-not-read": `${to} does not read databases of format ${format.from}: take a release in between first`,
  })[why ?? "cannot-be-ordered"];
