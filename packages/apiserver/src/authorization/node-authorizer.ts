import { type FieldRequirement, type Pod, parseFieldSelector } from "@bulkhead/api";
import { evaluateNode, NodeGraph, nodeOfUser } from "@bulkhead/policy";
import type { Store, StoredObject, WatchHandle } from "@bulkhead/store";
import { parse } from "../resources/object-bytes.ts";
import type { Authorizer } from "./authorizer.ts";
import { defaultClusterRoles } from "./default-roles.ts";

const pods = { group: "", resource: "pods", namespace: undefined } as const;

const rules = defaultClusterRoles.find((role) => role.name === "system:node")?.rules ?? [];

/** The Node authorizer: the decider of @bulkhead/policy over a graph kept up to date with the pods as they change. */
export function nodeAuthorizer(store: Store): { readonly authorizer: Authorizer; close(): void } {
  let graph = new NodeGraph(rules);
  let handle: WatchHandle | undefined;
  let closed = false;
  const start = (): void => {
    if (closed) return;
    const fresh = new NodeGraph(rules);
    const view = store.list(pods);
    for (const object of view.items) if (isBound(object)) fresh.setPod(parse<Pod>(object));
    graph = fresh;
    handle = store.watch(
      { ...pods, from: view.revision },
      {
        onEvents: (events) => {
          for (const { current, previous } of events) {
            if (current !== undefined && isBound(current)) graph.setPod(parse<Pod>(current));
            else if (previous !== undefined && isBound(previous)) graph.removePod(parse<Pod>(previous));
          }
        },
        onEnd: (why) => {
          if (why !== "closed") start();
        },
      },
    );
  };
  start();
  return {
    authorizer: {
      authorize: (attributes) => {
        // Nearly nobody who asks is a node.
        if (nodeOfUser(attributes.user) === undefined) return { decision: "no-opinion", reason: "" };
        const verdict = evaluateNode(graph, { ...attributes, fields: fieldsOf(attributes.fieldSelector) });
        if (verdict === undefined) return { decision: "no-opinion", reason: "" };
        return { decision: verdict.decision === "allow" ? "allow" : "no-opinion", reason: verdict.reason };
      },
    },
    close: () => {
      closed = true;
      handle?.close();
    },
  };
}

/** Only a pod that has its node gives that node anything to see. */
const isBound = ({ fields }: StoredObject): boolean => (fields["spec.nodeName"] ?? "") !== "";

/** What cannot be read selects nothing that a node may see. */
function fieldsOf(selector: string | undefined): readonly FieldRequirement[] {
  if (selector === undefined || selector === "") return [];
  try {
    return parseFieldSelector(selector).requirements;
  } catch {
    return [];
  }
}
