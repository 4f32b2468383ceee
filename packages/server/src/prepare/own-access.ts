import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@bulkhead/api";
import { ownClusterRoles } from "@bulkhead/controllers";
import { namedControllers } from "../wiring/controller-names.ts";
import { briefSecretBinding, briefSecretRole } from "./brief-secret-access.ts";
import { currencyKeeperBinding, currencyKeeperRole } from "./currency-access.ts";
import { imageScannerBinding, imageScannerRole } from "./image-scanner-access.ts";
import { binding, networkBinding, networkRole } from "./network-access.ts";
import { ownKindRoles } from "./own-kind-access.ts";
import { registryBindings, registryRoles } from "./registry-access.ts";

/** Who may do what. */
export interface Access {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

const controllerBindings = namedControllers
  .filter(({ clusterRole }) => ownClusterRoles.some(({ metadata }) => metadata.name === clusterRole))
  .map(({ clusterRole, identity }) => binding(clusterRole, identity));

/** Every right that Bulkhead's own programs have beside upstream's: `bootstrap` makes these and no others. */
export const ownAccess: Access = {
  clusterRoles: [...ownClusterRoles, ...ownKindRoles, networkRole, imageScannerRole, currencyKeeperRole],
  clusterRoleBindings: [networkBinding, imageScannerBinding, currencyKeeperBinding, ...controllerBindings],
  roles: [briefSecretRole],
  roleBindings: [briefSecretBinding],
};

/** What comes with the machine's registry: there is none where only the API server runs. */
export const ownRegistryAccess: Pick<Access, "clusterRoles" | "clusterRoleBindings"> = {
  clusterRoles: registryRoles,
  clusterRoleBindings: registryBindings,
};
