import { isDeepStrictEqual } from "node:util";
import { type CurrencyApproval, type Exception, securityGroup } from "@bulkhead/api";
import type { AdmissionPlugin } from "./admission.ts";

/** Our own kinds that are somebody's word. */
const signed: ReadonlySet<string> = new Set(["exceptions", "currencyapprovals"]);

/** Who wrote such an object is who asked the server to, whatever it says; changing one makes it the changer's. */
export const authors: AdmissionPlugin = {
  name: "Authors",
  mutate: (request) => {
    const { resource, object, operation, user } = request;
    if (request.subresource !== "") return;
    if (resource.group !== securityGroup || !signed.has(resource.resource) || object === undefined) return;
    if (operation !== "CREATE" && operation !== "UPDATE") return;
    const next = object as unknown as { spec: Exception["spec"] | CurrencyApproval["spec"] };
    const old = request.old as Exception | CurrencyApproval | undefined;
    // What is not an object is the schema's to refuse.
    if (typeof next.spec !== "object" || next.spec === null) return;
    const { author: _said, ...wanted } = next.spec;
    const { author, ...had } = old?.spec ?? { author: undefined };
    next.spec = { ...next.spec, author: author !== undefined && isDeepStrictEqual(wanted, had) ? author : user.name };
  },
};
