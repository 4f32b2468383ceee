import { isDeepStrictEqual } from "node:util";
import { type Exception, securityGroup } from "@bulkhead/api";
import type { AdmissionPlugin } from "./admission.ts";

/** Who wrote an exception is who asked the server to, whatever the object says; changing one makes it the changer's. */
export const exceptionAuthor: AdmissionPlugin = {
  name: "ExceptionAuthor",
  mutate: (request) => {
    const { resource, object, operation, user } = request;
    if (request.subresource !== "") return;
    if (resource.group !== securityGroup || resource.resource !== "exceptions" || object === undefined) return;
    if (operation !== "CREATE" && operation !== "UPDATE") return;
    const next = object as unknown as { spec: Exception["spec"] };
    const old = request.old as Exception | undefined;
    // What is not an object is the schema's to refuse.
    if (typeof next.spec !== "object" || next.spec === null) return;
    const { author: _said, ...wanted } = next.spec;
    const { author, ...had } = old?.spec ?? { author: undefined };
    next.spec = { ...next.spec, author: author !== undefined && isDeepStrictEqual(wanted, had) ? author : user.name };
  },
};
