import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { Lease } from "../generated/types.ts";
import { nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { defineRow } from "./row.ts";

function validate(lease: Lease): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = lease.spec ?? {};
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(field.invalid("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0"));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(field.invalid("spec.leaseTransitions", leaseTransitions, "must be greater than or equal to 0"));
  }
  // Coordinated leader election is off by default upstream and not served here: refused, not ignored.
  if (strategy !== undefined)
    errors.push(field.forbidden("spec.strategy", "coordinated leader election is not served"));
  if (preferredHolder !== undefined && preferredHolder !== "" && (strategy ?? "") === "") {
    errors.push(field.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"));
  }
  return errors;
}

export const leaseRow = defineRow<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  resource: "leases",
  namespaced: true,
  schema: "io.k8s.api.coordination.v1.Lease",
  validateCreate: validate,
  validateUpdate: validate,
  createOnUpdate: true,
  unconditionalUpdate: false,
  table: {
    columns: [nameColumn, column("Holder", { description: "Who holds the lease." }), ageColumn],
    cells: (lease, now) => [
      lease.metadata.name ?? "",
      lease.spec?.holderIdentity ?? "",
      ageCell(lease.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
