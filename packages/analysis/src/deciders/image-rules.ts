import { type ImageRuleSet, normaliseImages } from "@bulkhead/policy";
import { exceptionRules } from "../posture/exceptions.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { Derivation } from "../snapshot/view.ts";

/** Which images may run in one namespace (the key): what changes in another asks nothing again here. */
export const namespaceImageRules: Derivation<ImageRuleSet> = {
  name: "namespace-image-rules",
  compute: (view, namespace) => {
    const found = view.get(kinds.namespace, "", namespace);
    return normaliseImages({
      policies: view.list(kinds.imageTrustPolicy),
      namespaces: found === undefined ? [] : [found],
      exceptions: view.derive(exceptionRules),
    });
  },
};
