import { forbidden, type Pod } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { type AdmissionPlugin, isCore } from "./admission.ts";

/** A pod on a node that is not there cannot be resized: nobody would do it. */
export const podResize = (store: Store): AdmissionPlugin => ({
  name: "PodResize",
  mutate: (request) => {
    if (!isCore(request, "pods") || request.subresource !== "resize" || request.object === undefined) return;
    const before = (request.old as Pod).spec?.containers ?? [];
    const after = (request.object as Pod).spec?.containers ?? [];
    const changed = after.some((c, i) => JSON.stringify(c.resources) !== JSON.stringify(before[i]?.resources));
    const node = (request.old as Pod).spec?.nodeName ?? "";
    if (!changed || node === "") return;
    if (store.get({ group: "", resource: "nodes", namespace: "", name: node }) !== undefined) return;
    throw forbidden("", "pods", request.name, `node ${JSON.stringify(node)} not found`);
  },
});
