import type { Control } from "../control.ts";
import { accessAccountImpersonation } from "./access-account-impersonation/control.ts";
import { accessAdmissionPolicies } from "./access-admission-policies/control.ts";
import { accessApiServices } from "./access-api-services/control.ts";
import { accessBind } from "./access-bind/control.ts";
import { accessCertificateApproval } from "./access-certificate-approval/control.ts";
import { accessEndpoints } from "./access-endpoints/control.ts";
import { accessEphemeralContainers } from "./access-ephemeral-containers/control.ts";
import { accessEscalate } from "./access-escalate/control.ts";
import { accessEventsDeleted } from "./access-events-deleted/control.ts";
import { accessEveryPath } from "./access-every-path/control.ts";
import { accessEveryResource } from "./access-every-resource/control.ts";
import { accessEveryVerb } from "./access-every-verb/control.ts";
import { accessEverything } from "./access-everything/control.ts";
import { accessExceptions } from "./access-exceptions/control.ts";
import { accessExec } from "./access-exec/control.ts";
import { accessExtrasImpersonation } from "./access-extras-impersonation/control.ts";
import { accessImpersonation } from "./access-impersonation/control.ts";
import { accessLeases } from "./access-leases/control.ts";
import { accessLooseWildcard } from "./access-loose-wildcard/control.ts";
import { accessNamespaceLabels } from "./access-namespace-labels/control.ts";
import { accessNetworkPolicies } from "./access-network-policies/control.ts";
import { accessNodeProxy } from "./access-node-proxy/control.ts";
import { accessNodeStatus } from "./access-node-status/control.ts";
import { accessNodes } from "./access-nodes/control.ts";
import { accessPodProxy } from "./access-pod-proxy/control.ts";
import { accessPortForward } from "./access-port-forward/control.ts";
import { accessResourceDefinitions } from "./access-resource-definitions/control.ts";
import { accessRolesChanged } from "./access-roles-changed/control.ts";
import { accessSecretsEverywhere } from "./access-secrets-everywhere/control.ts";
import { accessSecretsInNamespace } from "./access-secrets-in-namespace/control.ts";
import { accessSecretsWritten } from "./access-secrets-written/control.ts";
import { accessServiceStatus } from "./access-service-status/control.ts";
import { accessSystemConfig } from "./access-system-config/control.ts";
import { accessTokenCreation } from "./access-token-creation/control.ts";
import { accessUpdatePolicies } from "./access-update-policies/control.ts";
import { accessVolumes } from "./access-volumes/control.ts";
import { accessWebhooks } from "./access-webhooks/control.ts";
import { accessWorkloadsEverywhere } from "./access-workloads-everywhere/control.ts";
import { accessWorkloadsInNamespace } from "./access-workloads-in-namespace/control.ts";

/** Rights that rules give, then bindings, then accounts and their tokens; the gravest first among each. */
export const identitiesControls: readonly Control[] = [
  accessEverything,
  accessEveryResource,
  accessEveryVerb,
  accessLooseWildcard,
  accessEveryPath,
  accessEscalate,
  accessBind,
  accessRolesChanged,
  accessImpersonation,
  accessAccountImpersonation,
  accessExtrasImpersonation,
  accessNodeProxy,
  accessSecretsEverywhere,
  accessSecretsInNamespace,
  accessSecretsWritten,
  accessTokenCreation,
  accessWorkloadsEverywhere,
  accessWorkloadsInNamespace,
  accessExec,
  accessEphemeralContainers,
  accessPortForward,
  accessPodProxy,
  accessCertificateApproval,
  accessWebhooks,
  accessAdmissionPolicies,
  accessApiServices,
  accessResourceDefinitions,
  accessNamespaceLabels,
  accessVolumes,
  accessNodes,
  accessNodeStatus,
  accessExceptions,
  accessUpdatePolicies,
  accessNetworkPolicies,
  accessSystemConfig,
  accessLeases,
  accessEndpoints,
  accessServiceStatus,
  accessEventsDeleted,
];
