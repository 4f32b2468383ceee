import type { Command } from "commander";
import type { PatchChoices } from "../commands/image-patch.ts";
import { exitCode } from "../exit-codes.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, rootOption } from "./options.ts";

/** `bulkhead image patch`. */
export function registerImagePatch(image: Command): void {
  image
    .command("patch")
    .summary("put the fixed packages of an image's distribution on it, as one more layer")
    .description(
      "Find what a Debian, Ubuntu or Alpine image lacks by the advisories at hand, and build it anew with one more layer: the fixed packages of its own release, every index and package verified up to the distribution's keys, and the package database brought up to date. No script of a package is run; a package whose scripts would have to is left as it is and named. Without --push nothing leaves this machine.",
    )
    .argument("<image>", "as for image scan; to push it, a reference to a registry")
    .option("--push", "push the result beside its base, signed")
    .option("--to <reference>", "push it under this name instead")
    .option("--for <namespace>", "sign it for this namespace alone: elsewhere the signature counts for nothing")
    .option("--key <file>", "sign with this key (PEM, ECDSA P-256), instead of the instance's")
    .option("--repositories <file>", "where packages come from, instead of the instance's patch-repositories.json")
    .option("--database <file>", "the database of advisories, instead of the instance's")
    .option("--pull-secret <file>", "credentials: a Docker config.json; may be given several times", collect)
    .option("--ca <registry=file>", "an authority to trust for this registry; may be given several times", collect)
    .option("--plain-http <registry>", "this registry speaks no TLS; may be given several times", collect)
    .option("--mirror <registry=host>", "ask this host first; may be given several times", collect)
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      `${examples(
        ["bulkhead image patch registry.example.com/shop/web:1.4", "what would be put on it, and from where"],
        ["bulkhead image patch --push 127.0.0.1:6445/shop/web:1.4", "the same, pushed beside its base and signed"],
        ["bulkhead image patch web.tar -o json", "for programs"],
      )}
Exit code: 0 where everything that has a fix is mended, or nothing was to mend; 1 where a package is left as it is; 2 where
the image, the advisories or the repositories cannot be read, or their signatures do not hold.
`,
    )
    .action(async (target: string, options: PatchChoices & { readonly output?: string }) => {
      const format = outputFormat(options.output);
      const { patch } = await import("../commands/image-patch.ts");
      const { patchText } = await import("../image/patch-text.ts");
      const tty = process.stderr.isTTY === true;
      const report = await patch(target, options, (step) => tty && process.stderr.write(`${step} …\n`));
      print(report, format, patchText);
      if (report.refused.length > 0) process.exitCode = exitCode.no;
    });
}
