import { StatusError } from "@bulkhead/api";
import { Command, CommanderError } from "commander";
import { CommandFailure, exitCode } from "./exit-codes.ts";
import { harmless, paint, readyFor } from "./output/print.ts";
import { version } from "./output/version.ts";
import { partsFor } from "./registration/parts.ts";

const program = new Command("bulkhead")
  .description("A container orchestrator in which secure practice is the default, enforced, explained and proven.")
  .addHelpText(
    "after",
    `
Which instance: --root, else $BULKHEAD_ROOT, else where your kubeconfig leads, else the only one that runs, else
/var/lib/bulkhead; where several run, say which. What makes or removes one takes --root or that place.
For programs: -o json|yaml puts one document on standard output; progress goes to standard error.
Exit codes: 0 done or yes, 1 no or failed, 2 the question could not be asked.
`,
  )
  .version(version, "-V, --version", "the version of Bulkhead")
  // Its own before those of the command above it, which may have an -o of other forms.
  .hook("preAction", (_, command) => readyFor(command.opts()["output"] ?? command.optsWithGlobals()["output"]))
  .exitOverride()
  .showHelpAfterError()
  .enablePositionalOptions()
  .configureHelp({ sortSubcommands: false });

// Whoever reads us may stop reading (`| head`): that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(process.exitCode ?? exitCode.ok);
});

for (const { register } of partsFor(process.argv[2])) register(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  else if (error instanceof CommandFailure) {
    process.stderr.write(`${paint("red", "bulkhead:")} ${harmless(error.message)}\n`);
    process.exitCode = error.exit;
  } else if (error instanceof StatusError) {
    process.stderr.write(`${paint("red", "bulkhead:")} the API server says: ${harmless(error.message)}\n`);
    process.exitCode = error.reason === "ServiceUnavailable" ? exitCode.usage : exitCode.no;
  } else {
    const unexpected = error instanceof Error ? error : new Error(String(error));
    const said = process.env["BULKHEAD_DEBUG"] === undefined ? unexpected.message : (unexpected.stack ?? "");
    process.stderr.write(`${paint("red", "bulkhead:")} ${harmless(said)}\n`);
    process.exitCode = exitCode.no;
  }
}
