/** SARIF's word for a severity. */
export const sarifLevel = (severity: string): "error" | "warning" | "note" =>
  severity === "critical" || severity === "high" ? "error" : severity === "medium" ? "warning" : "note";

/** GitHub sorts by this number. */
const scores: Readonly<Record<string, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  negligible: "0.5",
};
export const securityScore = (severity: string): string => scores[severity] ?? "0.0";

export interface SarifText {
  readonly text: string;
  readonly markdown?: string;
}

/** What of SARIF 2.1.0 is written here, by the specification's names. */
export interface SarifRule {
  readonly id: string;
  readonly shortDescription: SarifText;
  readonly fullDescription?: SarifText;
  readonly help?: SarifText;
  readonly helpUri?: string;
  readonly properties: { readonly "security-severity": string; readonly tags: readonly string[] };
}

export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: "error" | "warning" | "note";
  readonly message: SarifText;
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: { readonly startLine: number };
    };
    readonly logicalLocations: readonly { readonly fullyQualifiedName: string; readonly kind?: string }[];
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly baselineState?: "new" | "unchanged" | "updated";
  readonly suppressions?: readonly {
    readonly kind: "external";
    readonly status: "accepted";
    readonly justification: string;
  }[];
}

export interface SarifNotification {
  readonly level: "warning" | "error";
  readonly message: SarifText;
}

export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly name: string;
          readonly version: string;
          readonly informationUri: string;
          readonly rules: readonly SarifRule[];
        };
      };
      readonly invocations: readonly {
        readonly executionSuccessful: boolean;
        readonly toolExecutionNotifications: readonly SarifNotification[];
      }[];
      readonly automationDetails: { readonly id: string };
      readonly results: readonly SarifResult[];
    },
  ];
}

/** A path as a URI reference. */
export const sarifUri = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** One run of ours as a whole log. Each result comes with its rule; rules are listed once, in order of their first result. */
export function sarifLog(run: {
  readonly version: string;
  /** What was looked at: `bulkhead/image/NAME`. Code hosts replace the former run of the same. */
  readonly id: string;
  readonly rows: readonly { readonly rule: SarifRule; readonly result: Omit<SarifResult, "ruleId" | "ruleIndex"> }[];
  /** What could not be looked at: a reader that shows no result must not take it for health. */
  readonly notifications: readonly SarifNotification[];
  readonly successful?: boolean;
}): SarifLog {
  const rules = [...new Map(run.rows.map(({ rule }) => [rule.id, rule])).values()];
  const at = new Map(rules.map((rule, i) => [rule.id, i]));
  const driver = { name: "bulkhead", version: run.version, informationUri: "https://bulkhead.dev", rules };
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver },
        invocations: [{ executionSuccessful: run.successful ?? true, toolExecutionNotifications: run.notifications }],
        automationDetails: { id: run.id },
        results: run.rows.map(({ rule, result }) => ({
          ruleId: rule.id,
          ruleIndex: at.get(rule.id) ?? 0,
          ...result,
        })),
      },
    ],
  };
}
