import type { Command } from "commander";
import type { CreateOptions } from "../commands/backup-create.ts";
import type { RestoreOptions } from "../commands/backup-restore.ts";
import type { VerifyOptions } from "../commands/backup-verify.ts";
import { exitCode } from "../exit-codes.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, progress, rootOption, rootToMakeOption } from "./options.ts";

interface Output {
  readonly output?: string;
}

const opening = (command: Command): Command =>
  command
    .option("--key <file>", "the recovery key that opens it")
    .option("--passphrase-file <file>", "the passphrase that opens it, in a file of one line")
    .option("--signer <fingerprint>", "who has to have made it (SHA256:…, as backup create told)");

/** `bulkhead backup create|verify|restore|list|key`. */
export function registerBackup(program: Command): void {
  const backup = program
    .command("backup")
    .summary("the whole state of an instance in one sealed file, tried and brought back")
    .description(
      "Keep what an instance cannot make again (objects, Secrets, audit log, keys, node policy) in one file that only a recovery key or a passphrase opens, try it, and bring the instance back from it.",
    );

  backup
    .command("create")
    .summary("write one, while the API serves")
    .description(
      "Write a backup as of one moment, sealed and signed. What opens it is to lie elsewhere: --keys-to makes a recovery key the first time; --recipient takes the public half of one that never was on this machine. Without either the next backup is sealed as the last.",
    )
    .addOption(rootOption())
    .requiredOption("--to <file or folder>", "where it is written; in a folder it gets a name of its own")
    .option("--keys-to <file>", "the recovery key: made there where there is none; never beside the backup")
    .option("--recipient <word>", "whom it is sealed for; may be given several times", collect)
    .option("--passphrase-file <file>", "seal it with a passphrase instead")
    .option("--keys-beside", "let what opens it lie beside it")
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead backup create --to /mnt/backups --keys-to /media/stick/recovery.key", "the first one"],
        ["sudo bulkhead backup create --to /mnt/backups", "every night, sealed for the same key, which is not needed"],
      ),
    )
    .action(async (o: CreateOptions & Output) => {
      const format = outputFormat(o.output);
      const { createBackup } = await import("../commands/backup-create.ts");
      const { madeText } = await import("../backup/backup-text.ts");
      print(await createBackup(o, progress()), format, madeText);
    });

  opening(backup.command("verify").argument("<file>"))
    .summary("try one: open it in a throwaway folder and look through all of it")
    .description(
      "Open a backup where nobody sees it, check every byte, the database, that its Secrets open with its keys, and that its audit log holds. The instance that it is of, where it is here, remembers that it was tried.",
    )
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(["sudo bulkhead backup verify FILE --key /media/stick/recovery.key", "once a month, say"])}\nExit codes: 0 whole, 1 not, 2 it could not be asked (no such file, another key).\n`,
    )
    .action(async (file: string, o: VerifyOptions & Output) => {
      const format = outputFormat(o.output);
      const { verifyBackup } = await import("../commands/backup-verify.ts");
      const { verifiedText } = await import("../backup/backup-text.ts");
      const report = await verifyBackup(file, o, progress());
      print(report, format, verifiedText);
      process.exitCode = report.whole ? exitCode.ok : exitCode.no;
    });

  opening(backup.command("restore").argument("<file>"))
    .summary("bring an instance back, in an empty place or with --replace")
    .description(
      "Bring an instance back as it was when the backup was made. All of it is looked through first; where anything is wrong, or the instance runs, nothing is changed. What was written since the backup is lost; resourceVersions go on above all that were ever given out. Start it afterwards with bulkhead up.",
    )
    .addOption(rootToMakeOption())
    .option("--replace", "in the place of the instance that is there; that is kept aside")
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead backup restore FILE --key /media/stick/recovery.key", "on a new machine"],
        ["sudo bulkhead backup restore FILE --key KEY --replace --root /srv/second", "back to an earlier day"],
      ),
    )
    .action(async (file: string, o: RestoreOptions & Output) => {
      const format = outputFormat(o.output);
      const { restoreBackup } = await import("../commands/backup-restore.ts");
      const { restoredText } = await import("../backup/backup-text.ts");
      print(await restoreBackup(file, o, progress()), format, restoredText);
    });

  backup
    .command("list")
    .summary("backups on record, the newest first")
    .description("What the instance knows of its backups: when each was made, whether it is there, when it was tried.")
    .addOption(rootOption())
    .addOption(outputOption())
    .action(async (o: { root?: string } & Output) => {
      const format = outputFormat(o.output);
      const { listBackups } = await import("../commands/backup-list.ts");
      const { listText } = await import("../backup/backup-text.ts");
      print(await listBackups(o), format, listText);
    });

  backup
    .command("key")
    .summary("make a recovery key, on a machine that makes no backups")
    .description(
      "Make a recovery key in a file and print its recipient, which is all that a machine needs to make backups that this key opens.",
    )
    .requiredOption("--to <file>", "where the key is written; it must not be there")
    .addOption(outputOption())
    .action(async (o: { to: string } & Output) => {
      const format = outputFormat(o.output);
      const { makeRecoveryKey } = await import("../backup/opening.ts");
      const { recipient } = await makeRecoveryKey(o.to, undefined);
      print({ file: o.to, recipient }, format, (r) => r.recipient);
    });
}
