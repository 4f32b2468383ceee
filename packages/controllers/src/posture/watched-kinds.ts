import { type Kind, kinds, type UnreadKind } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { type Client, discoverResources, type Resource } from "@bulkhead/client";

/** Why the controller does not look at a kind that it could. */
const leftOut: Readonly<Record<string, string>> = {
  [kinds.secret.key]:
    "the posture controller may not read Secrets, since whoever took it over would have them all; ask with bulkhead posture",
};

const factsGroup = "facts.bulkhead.dev/";

export interface WatchedKinds {
  readonly resources: readonly Resource[];
  readonly unread: readonly UnreadKind[];
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
    if (key.startsWith(factsGroup)) {
      unread.push({ kind: key, why: "only the machine itself can say; ask there with bulkhead posture" });
      continue;
    }
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
  return { resources, unread };
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
