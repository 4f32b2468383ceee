import type { AuditEvent } from "@bulkhead/audit";

/** One successful write of an object. */
export interface AuditedWrite {
  readonly user: string;
  /** Who really asked, where that was somebody else. */
  readonly really?: string;
  readonly verb: string;
  readonly created: boolean;
  /** RFC 3339, when it was asked. */
  readonly at: string;
  readonly from?: string;
}

/** Whose last write is looked for. */
export interface WrittenObject {
  readonly group: string;
  readonly resource: string;
  /** "" where it is in none. */
  readonly namespace: string;
  readonly name: string;
  /** At or before; milliseconds since the epoch. */
  readonly until: number;
}

const writing: ReadonlySet<string> = new Set(["create", "update", "patch"]);
/** Subresources that change what a person declared. */
const declaring: ReadonlySet<string> = new Set(["", "ephemeralcontainers", "resize", "scale"]);

/** The cluster's own parts write after somebody has: a revision, a finalizer. */
const isComponent = (user: string): boolean =>
  user.startsWith("system:") &&
  (!user.startsWith("system:serviceaccount:") || user.startsWith("system:serviceaccount:kube-system:"));

interface Question {
  readonly until: number;
  byPerson?: { readonly time: number; readonly write: AuditedWrite };
  byComponent?: { readonly time: number; readonly write: AuditedWrite };
}

/** A Namespace's own requests name it as the namespace too. */
const keyOf = (group: string, resource: string, namespace: string, name: string): string =>
  `${group}/${resource}/${group === "" && resource === "namespaces" ? "" : namespace}/${name}`;

/**
 * Of each object the last successful write from `since` on and not after its own end: by whoever is no part of the
 * cluster itself, else by a part of it; undefined where there is none. The records are gone through once.
 */
export function lastWrites(
  events: Iterable<AuditEvent>,
  since: number,
  objects: readonly WrittenObject[],
): (AuditedWrite | undefined)[] {
  const questions = objects.map(({ until }): Question => ({ until }));
  const byObject = Map.groupBy(questions.keys(), (i) => {
    const { group = "", resource = "", namespace = "", name = "" } = objects[i] ?? {};
    return keyOf(group, resource, namespace, name);
  });
  for (const event of events) {
    const { objectRef: ref, responseStatus, verb } = event;
    if (ref === undefined || !writing.has(verb) || !declaring.has(ref.subresource ?? "")) continue;
    const code = responseStatus?.code ?? 0;
    if (code < 200 || code > 299 || /[?&]dryRun=[^&]/.test(event.requestURI)) continue;
    const asked = byObject.get(keyOf(ref.apiGroup ?? "", ref.resource ?? "", ref.namespace ?? "", ref.name ?? ""));
    const time = Date.parse(event.requestReceivedTimestamp);
    if (asked === undefined || !(time >= since)) continue;
    const write = writeOf(event, code);
    const by = isComponent(write.user) ? "byComponent" : "byPerson";
    for (const i of asked) {
      const question = questions[i];
      if (question === undefined || time > question.until || (question[by]?.time ?? time) > time) continue;
      question[by] = { time, write };
    }
  }
  return questions.map(({ byPerson, byComponent }) => (byPerson ?? byComponent)?.write);
}

function writeOf({ user, impersonatedUser, verb, sourceIPs, requestReceivedTimestamp }: AuditEvent, code: number) {
  const really = user.username ?? "nobody";
  const from = sourceIPs?.[0];
  return {
    user: impersonatedUser?.username ?? really,
    ...(impersonatedUser === undefined ? {} : { really }),
    verb,
    // Server-side apply creates by PATCH.
    created: verb === "create" || code === 201,
    at: requestReceivedTimestamp,
    ...(from === undefined || from === "" ? {} : { from }),
  };
}
