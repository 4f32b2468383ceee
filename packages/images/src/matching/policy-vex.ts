import { parsePurl } from "./purl.ts";
import type { VexProduct, VexStatement, VexStatus } from "./vex-statement.ts";

/** What a policy says of a flaw, in the words of its object, and under which name it says it. */
export interface PolicySaying {
  readonly author: string;
  readonly vulnerability: string;
  /** Package URLs; absent: every package. */
  readonly packages?: readonly string[] | undefined;
  readonly status: "NotAffected" | "Fixed" | "Affected" | "UnderInvestigation";
  readonly justification?: string | undefined;
  readonly statement?: string | undefined;
}

const statuses: Readonly<Record<PolicySaying["status"], VexStatus>> = {
  NotAffected: "not_affected",
  Fixed: "fixed",
  Affected: "affected",
  UnderInvestigation: "under_investigation",
};

/** Policies' own statements as any other's. One that names packages of which none can be read says nothing. */
export const policyStatements = (said: readonly PolicySaying[]): VexStatement[] =>
  said.flatMap(({ author, vulnerability, packages, status, justification, statement }) => {
    const products = (packages ?? []).flatMap((text): VexProduct[] => {
      const purl = parsePurl(text);
      return purl === undefined ? [] : [{ purl, parts: [] }];
    });
    if (packages !== undefined && products.length === 0) return [];
    return [
      {
        author,
        document: author,
        origin: "policy" as const,
        vulnerabilities: [vulnerability],
        status: statuses[status],
        products,
        ...(justification === undefined ? {} : { justification }),
        ...(statement === undefined ? {} : { statement }),
      },
    ];
  });
