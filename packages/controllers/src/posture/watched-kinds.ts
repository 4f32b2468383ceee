import { factsKinds, type Kind, kinds, type UnreadKind } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { type Client, discoverResources, postureFacts, type Resource } from "@bulkhead/client";

/** Why the controller does not look at a kind that it could. */
const leftOut: Readonly<Record<string, string>> = {
  [kinds.secret.key]:
    "the posture controller may not read Secrets, since whoever took it over would have them all; ask with bulkhead posture",
};

const told: ReadonlySet<string> = new Set(factsKinds.map(({ key }) => key));

export interface WatchedKinds {
  readonly resources: readonly Resource[];
  readonly unread: readonly UnreadKind[];
  /** Machines may publish what they are: the kinds of facts are theirs, and in neither list. */
  readonly machines: boolean;
}

/**
 * What a control looks at and this server serves, each at its preferred version; `further` kinds are those that an
 * organisation's own controls name. A kind that is not served has no objects.
 */
export async function watchedKinds(client: Client, further: readonly Kind[] = []): Promise<WatchedKinds> {
  const { found, failed } = await discoverResources(client);
  const resources: Resource[] = [];
  const unread: UnreadKind[] = [];
  for (const { key } of [...Object.values(kinds), ...further]) {
    if (told.has(key)) continue;
    const why = leftOut[key];
    if (why !== undefined) {
      unread.push({ kind: key, why });
      continue;
    }
    const slash = key.indexOf("/");
    const [group, kind] = slash < 0 ? ["", key] : [key.slice(0, slash), key.slice(slash + 1)];
    const served = found.filter(
      ({ resource, verbs }) => resource.group === group && resource.kind === kind && verbs.includes("watch"),
    );
    const chosen = served.find(({ preferred }) => preferred) ?? served[0];
    if (chosen !== undefined) resources.push(chosen.resource);
    else if (failed.some((version) => version.startsWith(`${group}/`)))
      unread.push({ kind: key, why: `the API group ${group} does not answer` });
  }
  const machines = found.some(
    ({ resource }) => resource.group === postureFacts.group && resource.resource === postureFacts.resource,
  );
  return { resources, unread, machines };
}

/** Fields of a status that a control reads. */
interface Told {
  readonly phase?: unknown;
  readonly podIP?: unknown;
  readonly podIPs?: unknown;
  readonly nodeInfo?: unknown;
  readonly loadBalancer?: unknown;
}

/**
 * What of an object a control can see: a pod's probes turn its conditions many times a minute, and that is nobody's
 * business here, unless one of an organisation's own controls reads it.
 */
export function seenOf(object: KubeObject, wholeStatus = false): unknown {
  const { metadata, status, ...rest } = object as KubeObject & { readonly status?: Told };
  const { labels, annotations, ownerReferences, deletionTimestamp } = metadata;
  const { phase, podIP, podIPs, nodeInfo, loadBalancer } = status ?? {};
  return {
    ...rest,
    metadata: { labels, annotations, ownerReferences, deletionTimestamp },
    status: wholeStatus ? status : { phase, podIP, podIPs, nodeInfo, loadBalancer },
  };
}
