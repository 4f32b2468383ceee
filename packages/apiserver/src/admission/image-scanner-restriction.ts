import { isDeepStrictEqual } from "node:util";
import { forbidden, imageScannerUser, isolatedCondition, type Pod, replacementCondition } from "@bulkhead/api";
import type { AdmissionPlugin } from "./admission.ts";

const own: ReadonlySet<string> = new Set([isolatedCondition, replacementCondition]);

/** A pod as the scanner must leave it. */
function rest({ metadata, spec, status }: Pod): unknown {
  const { managedFields: _, resourceVersion: __, generation: ___, ...meta } = metadata;
  const conditions = (status?.conditions ?? []).filter(({ type }) => !own.has(type));
  return { meta, spec, status: { ...status, conditions } };
}

/** Whoever reads hostile images holds the right to patch pods' status, and of that two conditions alone. */
export const imageScannerRestriction: AdmissionPlugin = {
  name: "ImageScannerRestriction",
  validate: ({ user, resource, operation, subresource, name, object, old }) => {
    if (user.name !== imageScannerUser || resource.group !== "" || resource.resource !== "pods") return;
    const conditionsOnly =
      operation === "UPDATE" && subresource === "status" && isDeepStrictEqual(rest(object as Pod), rest(old as Pod));
    if (!conditionsOnly)
      throw forbidden(
        "",
        "pods",
        name,
        `the image scanner may change the conditions ${[...own].join(" and ")}, and nothing else`,
      );
  },
};
