import { isAbsolute, relative, sep } from "node:path";
import { type Control, type FrameworkId, frameworks, type PostureFinding } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import {
  type SarifLog,
  type SarifNotification,
  type SarifResult,
  type SarifRule,
  sarifLevel,
  sarifLog,
  sarifUri,
  securityScore,
} from "../output/sarif-log.ts";
import { objectText } from "../output/verdict-text.ts";
import { lineOf } from "./place.ts";

const cited = ({ frameworks: cites }: Control): readonly (readonly [FrameworkId, readonly string[]])[] =>
  Object.entries(cites) as [FrameworkId, readonly string[]][];

function ruleOf(control: Control): SarifRule {
  const { id, title, attack, severity, severityBecause, area } = control;
  const answers = cited(control).map(
    ([name, ids]) => `${frameworks[name].title} ${frameworks[name].version}: ${ids.join(", ")}`,
  );
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: attack },
    help: {
      text: [attack, `Rated ${severity}: ${severityBecause}.`, ...answers, `More: bulkhead explain ${id}`].join("\n"),
      markdown: [
        attack,
        `**Rated ${severity}:** ${severityBecause}.`,
        answers.map((line) => `- ${line}`).join("\n"),
        `More: \`bulkhead explain ${id}\``,
      ].join("\n\n"),
    },
    properties: {
      "security-severity": securityScore(severity),
      tags: ["security", area, ...cited(control).flatMap(([name, ids]) => ids.map((each) => `${name}/${each}`))],
    },
  };
}

/** Below the folder that the command was run in, where code hosts look for it. */
const fileUri = (file: string): string => {
  const path = isAbsolute(file) ? relative(process.cwd(), file) : file;
  return sarifUri(path.split(sep).join("/").replace(/^\.\//, ""));
};

const clusterUri = ({ apiVersion, kind, namespace, name }: PostureFinding["object"]): string =>
  sarifUri(
    ["cluster", ...(namespace === undefined ? [] : [namespace]), apiVersion.replace("/", "."), kind, name].join("/"),
  );

function standingOf(
  finding: PostureFinding,
  compared: Look["compared"],
): Pick<SarifResult, "baselineState" | "suppressions"> {
  const suppressed = (justification: string): Pick<SarifResult, "suppressions"> => ({
    suppressions: [{ kind: "external", status: "accepted", justification }],
  });
  if (finding.accepted !== undefined)
    return suppressed(`${finding.accepted.reason} (${finding.accepted.author}, until ${finding.accepted.until})`);
  const standing = compared?.standings.get(finding.id);
  if (standing === undefined) return {};
  const state = { new: "new", known: "unchanged", worse: "updated", expired: "unchanged" } as const;
  const reason = standing.is === "known" ? standing.entry?.reason : undefined;
  return { baselineState: state[standing.is], ...(reason === undefined ? {} : suppressed(reason)) };
}

/** What was not looked at, a reason once. */
function notificationsOf({ report, problems, notes }: Look): SarifNotification[] {
  const unknown = new Map<string, number>();
  for (const { outcome, control, says } of report.findings)
    if (outcome === "unknown") unknown.set(`${control}: ${says}`, (unknown.get(`${control}: ${says}`) ?? 0) + 1);
  return [
    ...problems.map(({ file, line, says }) => ({
      level: "error" as const,
      message: { text: `${file}:${line}: ${says}` },
    })),
    ...report.findings
      .filter(({ outcome }) => outcome === "error")
      .map(({ control, object, says }) => ({
        level: "error" as const,
        message: { text: `${control} failed on ${objectText(object)}: ${says}` },
      })),
    ...[...unknown].map(([text, n]) => ({
      level: "warning" as const,
      message: { text: `Not known on ${n} ${n === 1 ? "object" : "objects"}: ${text}` },
    })),
    ...notes.map((text) => ({ level: "warning" as const, message: { text } })),
  ];
}

/** The look as SARIF 2.1.0: of manifests with file and line, of a cluster by the object's name. */
export function postureSarif(look: Look, version: string): SarifLog {
  const byId = new Map(look.evaluation.controls.map((control) => [control.id, control]));
  const rules = new Map<string, SarifRule>();
  const shown = look.report.findings.filter(({ outcome }) => outcome === "fail" || outcome === "accepted");
  return sarifLog({
    version,
    id: `bulkhead/posture/${look.of}`,
    successful: look.problems.length === 0 && !look.report.findings.some(({ outcome }) => outcome === "error"),
    notifications: notificationsOf(look),
    rows: shown.flatMap((finding) => {
      const control = byId.get(finding.control);
      if (control === undefined) return [];
      const rule = rules.get(control.id) ?? ruleOf(control);
      rules.set(control.id, rule);
      const place = lineOf(look, finding);
      const uri = place === undefined ? clusterUri(finding.object) : fileUri(place.file);
      return [
        {
          rule,
          result: {
            level: sarifLevel(finding.severity),
            message: { text: `${objectText(finding.object)}: ${finding.says}.` },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uri === "" ? "manifests" : uri },
                  region: { startLine: place?.line ?? 1 },
                },
                logicalLocations: [
                  {
                    fullyQualifiedName: `${objectText(finding.object)} ${finding.field ?? ""}`.trim(),
                    kind: "resource",
                  },
                ],
              },
            ],
            // The same as long as the same thing is wrong at the same place, whatever the line.
            partialFingerprints: { "bulkhead/v1": finding.id },
            ...standingOf(finding, look.compared),
          },
        },
      ];
    }),
  });
}
