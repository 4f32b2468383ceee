import type { Command } from "commander";
import { exitCode } from "../exit-codes.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { outputFormat, print } from "../output/print.ts";
import { examples, outputOption, rootToMakeOption } from "./options.ts";

/** `bulkhead doctor`. */
export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("what the machine has and lacks, and what follows")
    .description(
      "Look at the machine: kernel, control groups, namespaces, security modules, programs, neighbours, room, clock, and whether a known container escape is open in the runtime (by Debian's changelogs and security suite, not by upstream's number alone). Changes nothing; mounts are tried in a namespace that ends with the trial.",
    )
    .addOption(rootToMakeOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["sudo bulkhead doctor", "everything; without root what cannot be tried is left open"],
        ["sudo bulkhead doctor -o json | jq '.findings[] | select(.level == \"escape\")'", "for a monitor"],
      )}\nExit codes: 0 Bulkhead runs here, 1 something prevents it.\n`,
    )
    .action(async (o: { root?: string; output?: string }) => {
      const format = outputFormat(o.output);
      const { doctor } = await import("../commands/doctor.ts");
      const { doctorText } = await import("../doctor/doctor-text.ts");
      const report = await doctor(rootToMake(o.root));
      print(report, format, doctorText);
      if (!report.runs) process.exitCode = exitCode.no;
    });
}
