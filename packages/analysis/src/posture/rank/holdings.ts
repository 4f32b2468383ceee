import { accountPowers } from "../../access/reach-of-account.ts";
import { kinds } from "../../snapshot/kinds.ts";
import type { View } from "../../snapshot/view.ts";
import type { Severity } from "../control.ts";
import { serviceAccountOf, type Workload } from "../workload.ts";
import { type Factor, factor } from "./factor.ts";

const many = 4;

/** Names of the Secrets that a workload's containers see. */
export function secretsOf({ spec, containers }: Workload): readonly string[] {
  const names = new Set<string>();
  for (const { secret, projected } of spec.volumes ?? []) {
    if (secret?.secretName !== undefined) names.add(secret.secretName);
    for (const source of projected?.sources ?? []) if (source.secret?.name !== undefined) names.add(source.secret.name);
  }
  for (const { container } of containers) {
    for (const { secretRef } of container.envFrom ?? []) if (secretRef?.name !== undefined) names.add(secretRef.name);
    for (const { valueFrom } of container.env ?? [])
      if (valueFrom?.secretKeyRef?.name !== undefined) names.add(valueFrom.secretKeyRef.name);
  }
  return [...names].toSorted();
}

/** The Secrets that whoever is in the workload reads at once. */
export function secretsHeld(workload: Workload): Factor {
  const names = secretsOf(workload);
  if (names.length === 0) return factor("secrets", 1, "no Secret is handed to it");
  const through = names.map((name) => ({ apiVersion: "v1", kind: "Secret", namespace: workload.namespace, name }));
  const says =
    names.length === 1 ? `Secret ${names[0] ?? ""} is handed to it` : `${names.length} Secrets are handed to it`;
  return factor("secrets", names.length >= many ? 1.5 : 1.25, says, through);
}

/** Whether the pods carry their account's token, as the pod's own word goes before the account's. */
function carriesToken({ spec, namespace }: Workload, name: string, view: View): boolean {
  const projected = (spec.volumes ?? []).some((volume) =>
    (volume.projected?.sources ?? []).some((source) => source.serviceAccountToken !== undefined),
  );
  if (projected) return true;
  if (spec.automountServiceAccountToken !== undefined) return spec.automountServiceAccountToken;
  return view.get(kinds.serviceAccount, namespace, name)?.automountServiceAccountToken !== false;
}

const timesOf: Readonly<Record<Severity, number>> = { critical: 2.5, high: 2, medium: 1.5, low: 1.1 };

/** What the workload's token lets its holder do. */
export function powersHeld(workload: Workload, view: View): Factor {
  const name = serviceAccountOf(workload);
  const { namespace } = workload;
  if (!carriesToken(workload, name, view)) return factor("powers", 1, "its pods carry no token");
  const [first, ...others] = accountPowers(view, { namespace, name });
  const account = { apiVersion: "v1", kind: "ServiceAccount", namespace, name };
  if (first === undefined) return factor("powers", 1, `account ${name} may nothing that leads further`, [account]);
  const where = first.where === "" ? "in the whole cluster" : `in namespace ${first.where}`;
  const more = others.length === 0 ? "" : ` and ${others.length} more such rights`;
  return factor("powers", timesOf[first.severity], `its token may ${first.power} ${where}${more}`, [
    account,
    ...first.through,
  ]);
}
