/** The kinds served, a row each, and how to find one. */
import type { KindRow } from "../kind-row.ts";
import type { KubeObject } from "../object.ts";
import { deploymentRow } from "./apps/deployment.ts";
import { replicaSetRow } from "./apps/replica-set.ts";
import { configMapRow } from "./config-map.ts";
import { customResourceDefinitionRow } from "./crd/crd-row.ts";
import { endpointSliceRow } from "./endpoint-slice.ts";
import { endpointsRow } from "./endpoints.ts";
import { eventRow } from "./event/event-rows.ts";
import { leaseRow } from "./lease.ts";
import { namespaceRow } from "./namespace.ts";
import { networkPolicyRow } from "./network-policy.ts";
import { nodeRow } from "./node.ts";
import { podRow } from "./pod/pod-row.ts";
import { podDisruptionBudgetRow } from "./pod-disruption-budget.ts";
import { clusterRoleBindingRow, roleBindingRow } from "./rbac/role-binding-rows.ts";
import { clusterRoleRow, roleRow } from "./rbac/role-rows.ts";
import { secretRow } from "./secret.ts";
import { serviceRow } from "./service/service-row.ts";
import { serviceAccountRow } from "./service-account.ts";

/** A row as callers see it, who only ever hand it objects of its own kind. */
const row = <T extends KubeObject>(typed: KindRow<T>): KindRow => typed as unknown as KindRow;

/** Every kind, in the order discovery lists them within a group. */
export const kindRows: readonly KindRow[] = [
  row(configMapRow),
  row(endpointsRow),
  row(eventRow),
  row(namespaceRow),
  row(nodeRow),
  row(podRow),
  row(secretRow),
  row(serviceAccountRow),
  row(serviceRow),
  row(deploymentRow),
  row(replicaSetRow),
  row(networkPolicyRow),
  row(podDisruptionBudgetRow),
  row(clusterRoleBindingRow),
  row(clusterRoleRow),
  row(roleBindingRow),
  row(roleRow),
  row(customResourceDefinitionRow),
  row(leaseRow),
  row(endpointSliceRow),
];

const byResource = new Map(kindRows.map((r) => [`${r.group}/${r.version}/${r.resource}`, r]));
const byKind = new Map(kindRows.map((r) => [`${r.group}/${r.version}/${r.kind}`, r]));

/** The row of a URL's group ("" for core), version and plural. */
export const rowFor = (group: string, version: string, resource: string): KindRow | undefined =>
  byResource.get(`${group}/${version}/${resource}`);

/** The row of a body's group, version and kind. */
export const rowForKind = (group: string, version: string, kind: string): KindRow | undefined =>
  byKind.get(`${group}/${version}/${kind}`);

export { type EventsV1Event, eventFromCore, eventToCore } from "./event/event-conversion.ts";
/** Not among kindRows: it shows the objects of `events`, so it is served where both names reach one store. */
export { eventsV1EventRow } from "./event/event-rows.ts";
export { bindPod, validateBinding } from "./pod/binding.ts";
export { type QosClass, qosClass } from "./pod/qos.ts";
export * from "./reviews/access-reviews.ts";
export * from "./reviews/scale.ts";
export * from "./reviews/token-request.ts";
export * from "./service/service-traits.ts";
export { toWireForm } from "./wire-form.ts";
