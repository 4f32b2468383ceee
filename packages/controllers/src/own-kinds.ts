import { type Exception, type ImageTrustPolicy, securityGroup, securityVersion } from "@bulkhead/api";
import { resourceOf } from "@bulkhead/client";

const own = { group: securityGroup, version: securityVersion } as const;

export const exceptions = resourceOf<Exception>({
  ...own,
  resource: "exceptions",
  kind: "Exception",
  namespaced: true,
});

export const imageTrustPolicies = resourceOf<ImageTrustPolicy>({
  ...own,
  resource: "imagetrustpolicies",
  kind: "ImageTrustPolicy",
  namespaced: false,
});
