import { textProgress } from "@bulkhead/host";
import { type Command, Option } from "commander";
import { paint } from "../output/print.ts";
import { examples, rootOption } from "./options.ts";

const prefixOption = (): Option => new Option("--prefix <folder>", "where programs are kept").default("/usr/local");

/** `bulkhead install` and `bulkhead uninstall`. */
export function registerInstall(program: Command): void {
  program
    .command("install")
    .summary("put the command on the path, and have systemd start the instance at boot")
    .description(
      "Put the command on the path and, where systemd runs, a unit that starts the instance at boot. Both run the programs in the instance's folder, so the clone may go. Safe to repeat; overwrites nothing that it did not make.",
    )
    .addOption(rootOption())
    .addOption(prefixOption())
    .addHelpText("after", examples(["sudo node_modules/.bin/bulkhead install", "then: bulkhead status, from anywhere"]))
    .action(async (o: { root: string; prefix: string }) => {
      const { install } = await import("../commands/install.ts");
      const report = await install(
        o,
        textProgress(process.stderr, () => performance.now()),
      );
      const say = (path: string): string => `${paint("green", "✓")} ${path}${report.changed ? "" : ", as it was"}\n`;
      process.stdout.write(say(report.wrapper) + (report.unit === undefined ? "" : say(report.unit)));
      for (const note of report.notes) process.stdout.write(`  ${note}\n`);
    });

  program
    .command("uninstall")
    .summary("take back what install made; the instance stays")
    .description(
      "Remove the command from the path and the unit from systemd, if bulkhead install made them. The instance, its data and what runs stay: bulkhead reset removes those.",
    )
    .addOption(rootOption())
    .addOption(prefixOption())
    .action(async (o: { root: string; prefix: string }) => {
      const { uninstall } = await import("../commands/install.ts");
      const { removed } = await uninstall(o);
      process.stdout.write(
        removed.length === 0
          ? "Nothing to remove: bulkhead install made nothing here.\n"
          : removed.map((path) => `${paint("green", "✓")} removed ${path}\n`).join(""),
      );
    });
}
