import type { ServiceAccount } from "../generated/types.ts";
import { nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { ageColumn, nameColumn } from "./columns.ts";
import { defineRow } from "./row.ts";

const mountableSecretsAnnotation = "kubernetes.io/enforce-mountable-secrets";

/** Only the name of a listed Secret counts. */
function keepSecretNames(draft: ServiceAccount): void {
  if (draft.secrets === undefined) return;
  draft.secrets = draft.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

export const serviceAccountRow = defineRow<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  resource: "serviceaccounts",
  shortNames: ["sa"],
  namespaced: true,
  schema: "io.k8s.api.core.v1.ServiceAccount",
  prepareCreate: keepSecretNames,
  prepareUpdate: keepSecretNames,
  validateCreate: () => [],
  validateUpdate: () => [],
  warnings(next, old) {
    const has = (account: ServiceAccount | undefined): boolean =>
      account?.metadata.annotations?.[mountableSecretsAnnotation] !== undefined;
    return has(next) && !has(old)
      ? [
          `metadata.annotations[${mountableSecretsAnnotation}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ]
      : [];
  },
  table: {
    columns: [nameColumn, ageColumn],
    cells: (account, now) => [account.metadata.name ?? "", ageCell(account.metadata.creationTimestamp, now)],
  },
  nameErrors: nameIsDNSSubdomain,
});
