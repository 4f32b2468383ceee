import type { MadeBackup } from "../commands/backup-create.ts";
import type { BackupList } from "../commands/backup-list.ts";
import type { RestoredBackup } from "../commands/backup-restore.ts";
import type { VerifiedBackup } from "../commands/backup-verify.ts";
import { lostText } from "../instance/database.ts";
import { columns, paint } from "../output/print.ts";

const size = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
const unheard = (audited: boolean): string[] =>
  audited ? [] : ["The API did not answer: the audit log hears of it at the next start."];

export const madeText = (r: MadeBackup): string =>
  [
    `${paint("green", "made")}  ${r.file}`,
    `  ${size(r.bytes)}, of ${r.made}: ${r.objects} objects up to revision ${r.revision}, ${r.auditRecords} audit records`,
    `  opens with: ${r.openedBy.join(", ")}${r.keyFile === undefined ? "" : ` (${r.keyFile})`}`,
    `  signed by:  ${r.signer}`,
    ...(r.keysBeside ? [paint("yellow", "  What opens it lies beside it: whoever finds the one has the other.")] : []),
    "  Not in it:",
    ...r.leftOut.map((line) => `    ${line}`),
    `  Try it: sudo bulkhead backup verify ${r.file} ${r.keyFile === undefined ? "--key FILE" : `${r.openedBy[0] === "a passphrase" ? "--passphrase-file" : "--key"} ${r.keyFile}`}`,
    ...unheard(r.audited),
  ].join("\n");

export const verifiedText = (r: VerifiedBackup): string =>
  [
    `${r.whole ? paint("green", "whole") : paint("red", "not whole")}  ${r.file}`,
    ...(r.made === undefined ? [] : [`  of instance ${r.instance}, made ${r.made} by Bulkhead ${r.bulkhead}`]),
    ...r.steps.map(
      ({ what, passed, says }) => `  ${passed ? paint("green", "ok") : paint("red", "no")}  ${what}: ${says}`,
    ),
    ...(r.recorded ? unheard(r.audited) : ["  Not on record: it is of no instance that is here."]),
  ].join("\n");

export const restoredText = (r: RestoredBackup): string =>
  [
    `${paint("green", "restored")}  ${r.root}, as it was at ${r.made}`,
    `  ${r.objects} objects, ${r.auditRecords} audit records; ${lostText(r.lost)}`,
    `  The next revision is above ${r.beyond}: watches from before get 410 and list anew.`,
    ...(r.audit.verdict === "intact"
      ? []
      : [paint("yellow", `  The audit log in it is ${r.audit.verdict}: ${r.audit.says}`)]),
    ...(r.replaced === undefined ? [] : [`  What was there is kept: ${r.replaced}`]),
    `  Start it: sudo bulkhead up --detach --root ${r.root}`,
  ].join("\n");

export const listText = ({ record, backups }: BackupList): string =>
  backups.length === 0
    ? `no backup is on record (${record}); make one: sudo bulkhead backup create --to FOLDER --keys-to FILE`
    : columns([
        ["MADE", "SIZE", "REVISION", "THERE", "TRIED", "OPENS WITH", "FILE"],
        ...backups.map((b) => [
          b.made.slice(0, 19).replace("T", " "),
          size(b.bytes),
          String(b.revision),
          b.there ? "yes" : paint("yellow", "no"),
          b.tested?.slice(0, 10) ?? paint("yellow", "never"),
          b.openedBy.map((word) => (word.length > 30 ? `${word.slice(0, 30)}…` : word)).join(","),
          b.file,
        ]),
      ]);
