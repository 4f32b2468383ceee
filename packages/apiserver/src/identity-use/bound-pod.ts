import { isIPv4 } from "node:net";
import type { KubeObject, Pod } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { serviceAccountOf, type User } from "../authentication/user.ts";
import type { RequestInfo } from "../request/request-info.ts";
import { parse } from "../resources/object-bytes.ts";
import type { BoundPod } from "./identity-signal.ts";

const first = (user: User, key: string): string => user.extra[`authentication.kubernetes.io/${key}`]?.[0] ?? "";

/** The uid of the pod that the user's token is bound to; "" for everybody else. */
export const podUidOf = (user: User): string => first(user, "pod-uid");

/** Of a user with such a token. */
export function boundPodOf(user: User): BoundPod {
  const node = first(user, "node-name");
  const { namespace = "", name: account = "" } = serviceAccountOf(user.name) ?? {};
  return {
    namespace,
    name: first(user, "pod-name"),
    uid: podUidOf(user),
    account,
    ...(node === "" ? {} : { node }),
  };
}

/** `list secrets`, `patch deployments.apps/scale`: verb and resource as RBAC and kubectl write them. */
export function useOf({ isResource, verb, group, resource, subresource }: RequestInfo): string | undefined {
  if (!isResource) return undefined;
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}${subresource === "" ? "" : `/${subresource}`}`;
}

/** An address of IPv4 in the form of IPv6 is the same address. */
export const plainAddress = (address: string): string => {
  const inner = address.startsWith("::ffff:") ? address.slice(7) : "";
  return isIPv4(inner) ? inner : address;
};

const isLoopback = (address: string): boolean => address === "::1" || (isIPv4(address) && address.startsWith("127."));

/** The pod as it is now; undefined: it is gone, or another has its name. */
export function livePod(store: Pick<Store, "get">, { namespace, name, uid }: BoundPod): Pod | undefined {
  const stored = store.get({ group: "", resource: "pods", namespace, name });
  const pod = stored === undefined ? undefined : parse<Pod>(stored);
  return pod?.metadata.uid === uid ? pod : undefined;
}

/** Whether a request from this address may be the pod's own; `unknown`: nobody has said yet which address it has. */
export function isOwnAddress(pod: Pod, address: string, hostAddresses: readonly string[]): boolean | "unknown" {
  const { podIP, podIPs, hostIP, hostIPs } = pod.status ?? {};
  const own = [podIP, ...(podIPs ?? []).map(({ ip }) => ip)];
  if (own.includes(address)) return true;
  if (pod.spec?.hostNetwork === true)
    return isLoopback(address) || [hostIP, ...(hostIPs ?? []).map(({ ip }) => ip), ...hostAddresses].includes(address);
  return own.some((ip) => ip !== undefined && ip !== "") ? false : "unknown";
}

const createdAt = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? "");

/**
 * When the change behind a pod was made: its ReplicaSet, which stands for one template of its Deployment; the pod itself where
 * there is none. Milliseconds since the epoch.
 */
export function changedAt(store: Pick<Store, "get">, pod: Pod): number {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner?.kind !== "ReplicaSet") return createdAt(pod);
  const { namespace = "" } = pod.metadata;
  const stored = store.get({ group: "apps", resource: "replicasets", namespace, name: owner.name });
  const set = stored === undefined ? undefined : parse(stored);
  return set?.metadata.uid === owner.uid ? createdAt(set) : createdAt(pod);
}
