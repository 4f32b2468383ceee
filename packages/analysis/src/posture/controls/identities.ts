import type { Control } from "../control.ts";
import { accessAccountAsUser } from "./access-account-as-user/control.ts";
import { accessAccountClusterAdmin } from "./access-account-cluster-admin/control.ts";
import { accessAccountEdit } from "./access-account-edit/control.ts";
import { accessAccountImpersonation } from "./access-account-impersonation/control.ts";
import { accessAccountsOfNamespace } from "./access-accounts-of-namespace/control.ts";
import { accessAdmissionPolicies } from "./access-admission-policies/control.ts";
import { accessAggregatedPowers } from "./access-aggregated-powers/control.ts";
import { accessAllAccounts } from "./access-all-accounts/control.ts";
import { accessAnonymous } from "./access-anonymous/control.ts";
import { accessApiServices } from "./access-api-services/control.ts";
import { accessBind } from "./access-bind/control.ts";
import { accessCertificateApproval } from "./access-certificate-approval/control.ts";
import { accessDefaultAccount } from "./access-default-account/control.ts";
import { accessDormantPowers } from "./access-dormant-powers/control.ts";
import { accessEditEverywhere } from "./access-edit-everywhere/control.ts";
import { accessEndpoints } from "./access-endpoints/control.ts";
import { accessEphemeralContainers } from "./access-ephemeral-containers/control.ts";
import { accessEscalate } from "./access-escalate/control.ts";
import { accessEventsDeleted } from "./access-events-deleted/control.ts";
import { accessEveryPath } from "./access-every-path/control.ts";
import { accessEveryResource } from "./access-every-resource/control.ts";
import { accessEveryVerb } from "./access-every-verb/control.ts";
import { accessEveryone } from "./access-everyone/control.ts";
import { accessEverything } from "./access-everything/control.ts";
import { accessExceptions } from "./access-exceptions/control.ts";
import { accessExec } from "./access-exec/control.ts";
import { accessExtrasImpersonation } from "./access-extras-impersonation/control.ts";
import { accessForeignAccount } from "./access-foreign-account/control.ts";
import { accessImageReports } from "./access-image-reports/control.ts";
import { accessImagesPushed } from "./access-images-pushed/control.ts";
import { accessImpersonation } from "./access-impersonation/control.ts";
import { accessLeases } from "./access-leases/control.ts";
import { accessLooseWildcard } from "./access-loose-wildcard/control.ts";
import { accessMastersBound } from "./access-masters-bound/control.ts";
import { accessMissingAccount } from "./access-missing-account/control.ts";
import { accessMissingRole } from "./access-missing-role/control.ts";
import { accessNamespaceClusterAdmin } from "./access-namespace-cluster-admin/control.ts";
import { accessNamespaceLabels } from "./access-namespace-labels/control.ts";
import { accessNetworkPolicies } from "./access-network-policies/control.ts";
import { accessNodeGroup } from "./access-node-group/control.ts";
import { accessNodeProxy } from "./access-node-proxy/control.ts";
import { accessNodeStatus } from "./access-node-status/control.ts";
import { accessNodes } from "./access-nodes/control.ts";
import { accessPartsRoleBound } from "./access-parts-role-bound/control.ts";
import { accessPersonClusterAdmin } from "./access-person-cluster-admin/control.ts";
import { accessPodProxy } from "./access-pod-proxy/control.ts";
import { accessPortForward } from "./access-port-forward/control.ts";
import { accessResourceDefinitions } from "./access-resource-definitions/control.ts";
import { accessResponsePolicies } from "./access-response-policies/control.ts";
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
import { accountPullSecrets } from "./account-pull-secrets/control.ts";
import { accountShared } from "./account-shared/control.ts";
import { accountTokenSecret } from "./account-token-secret/control.ts";
import { accountUnused } from "./account-unused/control.ts";

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
  accessImageReports,
  accessResponsePolicies,
  accessImagesPushed,
  accessNetworkPolicies,
  accessSystemConfig,
  accessLeases,
  accessEndpoints,
  accessServiceStatus,
  accessEventsDeleted,
  accessAnonymous,
  accessEveryone,
  accessAllAccounts,
  accessAccountsOfNamespace,
  accessDefaultAccount,
  accessNodeGroup,
  accessMastersBound,
  accessAccountAsUser,
  accessAccountClusterAdmin,
  accessPersonClusterAdmin,
  accessNamespaceClusterAdmin,
  accessEditEverywhere,
  accessAccountEdit,
  accessPartsRoleBound,
  accessForeignAccount,
  accessMissingAccount,
  accessMissingRole,
  accessDormantPowers,
  accessAggregatedPowers,
  accountShared,
  accountTokenSecret,
  accountUnused,
  accountPullSecrets,
];
