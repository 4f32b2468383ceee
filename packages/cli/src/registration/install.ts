import { type Command, Option } from "commander";
import { rootToMake } from "../instance/usual-root.ts";
import { outputFormat, paint, print } from "../output/print.ts";
import { examples, outputOption, progress, rootToMakeOption } from "./options.ts";

interface Given {
  readonly root?: string;
  readonly prefix: string;
  readonly output?: string;
}

const prefixOption = (): Option => new Option("--prefix <folder>", "where programs are kept").default("/usr/local");

/** `bulkhead install` and `bulkhead uninstall`. */
export function registerInstall(program: Command): void {
  program
    .command("install")
    .summary("put the command on the path, and have systemd start the instance at boot")
    .description(
      "Put the command on the path and, where systemd runs, a unit that starts the instance at boot. Both run the programs in the instance's folder, so the clone may go. Safe to repeat; overwrites nothing that it did not make.",
    )
    .addOption(rootToMakeOption())
    .addOption(prefixOption())
    .addOption(outputOption())
    .addHelpText("after", examples(["sudo node_modules/.bin/bulkhead install", "then: bulkhead status, from anywhere"]))
    .action(async (o: Given) => {
      const format = outputFormat(o.output);
      const { install } = await import("../commands/install.ts");
      const report = await install({ ...o, root: rootToMake(o.root) }, progress());
      const say = (path: string): string => `${paint("green", "✓")} ${path}${report.changed ? "" : ", as it was"}`;
      print(report, format, ({ wrapper, unit, notes }) =>
        [say(wrapper), ...(unit === undefined ? [] : [say(unit)]), ...notes.map((note) => `  ${note}`)].join("\n"),
      );
    });

  program
    .command("uninstall")
    .summary("take back what install made; the instance stays")
    .description(
      "Remove the command from the path and the unit from systemd, if bulkhead install made them. The instance, its data and what runs stay: bulkhead reset removes those.",
    )
    .addOption(rootToMakeOption())
    .addOption(prefixOption())
    .addOption(outputOption())
    .action(async (o: Given) => {
      const format = outputFormat(o.output);
      const { uninstall } = await import("../commands/install.ts");
      print(await uninstall({ ...o, root: rootToMake(o.root) }), format, ({ removed }) =>
        removed.length === 0
          ? "Nothing to remove: bulkhead install made nothing here."
          : removed.map((path) => `${paint("green", "✓")} removed ${path}`).join("\n"),
      );
    });
}
