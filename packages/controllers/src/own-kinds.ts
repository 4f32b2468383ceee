import {
  type Exception,
  type ImageTrustPolicy,
  securityGroup,
  securityVersion,
  type UpdatePolicy,
} from "@bulkhead/api";
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

export const updatePolicies = resourceOf<UpdatePolicy>({
  ...own,
  resource: "updatepolicies",
  kind: "UpdatePolicy",
  namespaced: true,
});
