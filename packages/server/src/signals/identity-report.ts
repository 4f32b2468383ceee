import { type IdentitySignal, identitySignals } from "@bulkhead/api";

/** What the API server tells of a pod's identity. */
export interface IdentityReport {
  readonly signal: IdentitySignal;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly value: string;
  readonly says: string;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 4096;

/** Undefined: it is none. The API server is believed what it says of identities, not that it says it well. */
export function identityReport(told: unknown): IdentityReport | undefined {
  const { signal, pod, value, says } = (told ?? {}) as Partial<Record<keyof IdentityReport, unknown>>;
  const { namespace, name, uid } = (pod ?? {}) as Partial<Record<string, unknown>>;
  const known = identitySignals.find((one) => one === signal);
  return known !== undefined && [namespace, name, uid, value, says].every(isText)
    ? {
        signal: known,
        pod: { namespace, name, uid } as IdentityReport["pod"],
        value: value as string,
        says: says as string,
      }
    : undefined;
}
