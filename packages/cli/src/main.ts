import { StatusError } from "@bulkhead/api";
import { Command, CommanderError } from "commander";
import { CommandFailure, exitCode } from "./exit-codes.ts";
import { harmless, paint } from "./output/print.ts";
import { registerAdvisories } from "./registration/advisories.ts";
import { registerAllow } from "./registration/allow.ts";
import { registerAudit } from "./registration/audit.ts";
import { registerBrief } from "./registration/brief.ts";
import { registerCheck } from "./registration/check.ts";
import { registerCompliance } from "./registration/compliance.ts";
import { registerCredentials } from "./registration/credentials.ts";
import { registerCurrent } from "./registration/current.ts";
import { registerDemo } from "./registration/demo.ts";
import { registerDoctor } from "./registration/doctor.ts";
import { registerExplain } from "./registration/explain.ts";
import { registerImage } from "./registration/image.ts";
import { registerInstall } from "./registration/install.ts";
import { registerLifecycle } from "./registration/lifecycle.ts";
import { registerPosture } from "./registration/posture.ts";
import { registerRegistry } from "./registration/registry.ts";
import { registerUpdate } from "./registration/update.ts";
import { registerWhy } from "./registration/why.ts";

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
  .exitOverride()
  .showHelpAfterError()
  .enablePositionalOptions()
  .configureHelp({ sortSubcommands: false });

registerLifecycle(program);
registerCredentials(program);
registerDemo(program);
registerWhy(program);
registerCheck(program);
registerPosture(program);
registerCompliance(program);
registerExplain(program);
registerBrief(program);
registerAllow(program);
registerAudit(program);
registerImage(program);
registerRegistry(program);
registerAdvisories(program);
registerUpdate(program);
registerCurrent(program);
registerDoctor(program);
registerInstall(program);

// Whoever reads us may stop reading (`| head`): that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(process.exitCode ?? exitCode.ok);
});

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
