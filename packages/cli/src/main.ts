import { StatusError } from "@bulkhead/api";
import { instancePaths, silentProgress, textProgress } from "@bulkhead/host";
import { Command, CommanderError, Option } from "commander";
import { CommandFailure, exitCode } from "./exit-codes.ts";
import { defaultRoot } from "./instance/admin-client.ts";
import { harmless, outputFormat, paint, print } from "./output/print.ts";
import { registerAllow } from "./registration/allow.ts";
import { registerAudit } from "./registration/audit.ts";
import { registerCheck } from "./registration/check.ts";
import { registerDoctor } from "./registration/doctor.ts";
import { registerInstall } from "./registration/install.ts";
import { registerWhy } from "./registration/why.ts";

const program = new Command("bulkhead")
  .description("A container orchestrator in which secure practice is the default, enforced, explained and proven.")
  .addHelpText("after", "\nExit codes: 0 done or yes, 1 no or failed, 2 the question could not be asked.\n")
  .exitOverride()
  .showHelpAfterError()
  .enablePositionalOptions()
  .configureHelp({ sortSubcommands: false });

const rootOption = (): Option =>
  new Option("--root <folder>", "the instance's folder").default(defaultRoot).env("BULKHEAD_ROOT");
const progress = (quiet?: boolean): ReturnType<typeof textProgress> =>
  quiet ? silentProgress : textProgress(process.stderr, () => performance.now());
const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_000)
    throw new CommandFailure(`--port ${text}: a number from 1 to 65000`);
  return value;
};
const collect = (value: string, before: string[]): string[] => [...before, value];

program
  .command("up")
  .description("start an instance, or bring a running one up to date")
  .addOption(rootOption())
  .option("-d, --detach", "return once it is ready; without it Bulkhead runs until Ctrl-C")
  .option(
    "--port <number>",
    "where the API listens (default 6443; the agent and the registry take the two after it)",
    port,
  )
  .option("--listen <address>", "the address on which API and node ports answer (default 127.0.0.1)")
  .addOption(
    new Option("--defaults <mode>", "secure defaults, or upstream's open ones").choices(["bulkhead", "kubernetes"]),
  )
  .addOption(new Option("--only <part>", "start only this part").choices(["apiserver"]))
  .option("--trust <registry/path>", "let images from here run; may be given several times", collect, [])
  .action(
    async (o: {
      root: string;
      detach?: boolean;
      port?: number;
      listen?: string;
      defaults?: "bulkhead" | "kubernetes";
      only?: string;
      trust: string[];
    }) => {
      const { up, down } = await import("./commands/up.ts");
      const { root, port: at, listen, defaults, trust } = o;
      const config = await up(
        {
          root,
          onlyApiserver: o.only === "apiserver",
          trust,
          ...(at === undefined ? {} : { port: at }),
          ...(listen === undefined ? {} : { listen }),
          ...(defaults === undefined ? {} : { defaults }),
        },
        progress(),
      );
      const paths = instancePaths(root);
      process.stdout.write(
        `Bulkhead is up: https://${config.listen}:${config.port}\n  export KUBECONFIG=${paths.kubeconfig}\n  kubectl:   ${paths.parts}/bin/kubectl\n  how it is: bulkhead status --root ${root}\n  stop it:   bulkhead down --root ${root}\n`,
      );
      if (o.detach === true) return;
      process.stdout.write("Ctrl-C stops Bulkhead; containers go on.\n");
      await (await import("./instance/hold.ts")).holdUntilStopped(paths);
      await down(paths);
    },
  );

program
  .command("down")
  .description("stop Bulkhead; containers go on, with their network rules")
  .addOption(rootOption())
  .option("--drain", "stop the containers too")
  .action(async (o: { root: string; drain?: boolean }) => {
    const { down } = await import("./commands/up.ts");
    const paths = instancePaths(o.root);
    if (o.drain === true) {
      const { drain } = await import("./commands/drain.ts");
      await drain(paths, progress());
    }
    const ran = await down(paths);
    if (o.drain === true) await (await import("./instance/supervision.ts")).stopOutliving(paths);
    process.stdout.write(ran ? "Bulkhead is down.\n" : `Bulkhead was not running at ${paths.root}.\n`);
  });

program
  .command("status")
  .description("what runs, as it is now (exit code 1 where something does not)")
  .addOption(rootOption())
  .option("-o, --output <format>", "json or yaml")
  .action(async (o: { root: string; output?: string }) => {
    const format = outputFormat(o.output);
    const { status, statusText } = await import("./commands/status.ts");
    const report = await status(instancePaths(o.root));
    print(report, format, statusText);
    if (!report.healthy) process.exitCode = exitCode.no;
  });

program
  .command("reset")
  .description("remove an instance: its containers, network, data and programs, and nothing else")
  .addOption(rootOption())
  .option("--yes", "do not ask")
  .action(async (o: { root: string; yes?: boolean }) => {
    const paths = instancePaths(o.root);
    if (o.yes !== true) {
      if (process.stdin.isTTY !== true)
        throw new CommandFailure(`this removes ${paths.root} and all in it; say so with --yes`);
      const { createInterface } = await import("node:readline/promises");
      const ask = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await ask.question(`Remove ${paths.root}, all data and containers in it? Type yes: `);
      ask.close();
      if (answer.trim() !== "yes") throw new CommandFailure("nothing was removed", 1);
    }
    const { reset } = await import("./commands/reset.ts");
    await reset(paths, progress());
  });

program
  .command("kubeconfig")
  .description("a kubeconfig on standard output: the admin's, or a short-lived one for another user")
  .addOption(rootOption())
  .option("--user <name>", "for this user instead of the admin")
  .option("--group <name>", "a group of that user; may be given several times", collect, [])
  .option("--hours <number>", "how long it holds (with --user; default 12, at most 720)", "12")
  .action(async (o: { root: string; user?: string; group: string[]; hours: string }) => {
    const { kubeconfig } = await import("./commands/credentials.ts");
    process.stdout.write(await kubeconfig(instancePaths(o.root), o));
  });

program
  .command("token")
  .description("a short-lived bearer token for a user, on standard output")
  .addOption(rootOption())
  .requiredOption("--user <name>", "the user")
  .option("--group <name>", "a group of that user; may be given several times", collect, [])
  .option("--hours <number>", "how long it holds (default 1, at most 24)", "1")
  .action(async (o: { root: string; user: string; group: string[]; hours: string }) => {
    const { token } = await import("./commands/credentials.ts");
    process.stdout.write(await token(instancePaths(o.root), o));
  });

const demo = program
  .command("demo")
  .description("bring an instance up, deploy the shop (web, api, PostgreSQL) and play the attack that fails")
  .addOption(rootOption())
  .option("--port <number>", "as for up", port)
  .option("--no-attack", "only deploy the shop")
  .action(async (o: { root: string; port?: number; attack: boolean }) => {
    const { up } = await import("./commands/up.ts");
    const { demoShop, demoAttack } = await import("./commands/demo.ts");
    const shown = progress();
    await up(
      { root: o.root, onlyApiserver: false, trust: [], ...(o.port === undefined ? {} : { port: o.port }) },
      shown,
    );
    await demoShop(o.root, shown);
    const moves = o.attack ? await demoAttack(o.root) : [];
    const at = o.root === defaultRoot ? "" : ` --root ${o.root}`;
    const paths = instancePaths(o.root);
    process.stdout.write(
      `\nGo on:\n  export KUBECONFIG=${paths.kubeconfig} PATH=$PATH:${paths.parts}/bin\n  kubectl -n shop get pods,services,networkpolicies\n  node_modules/.bin/bulkhead status${at}\n  node_modules/.bin/bulkhead down${at}          stops Bulkhead; containers go on\n  node_modules/.bin/bulkhead reset${at} --yes   removes everything it made\n`,
    );
    if (moves.some((m) => m.succeeded)) process.exitCode = exitCode.no;
  });

demo
  .command("attack")
  .description("play the attack against the deployed shop once more (exit code 1 where a move succeeds)")
  .addOption(rootOption())
  .option("--compare", "set beside it the same moves on a throwaway instance with upstream's defaults")
  .action(async (o: { root: string; compare?: boolean }) => {
    const { demoAttack, demoCompare } = await import("./commands/demo.ts");
    const moves = o.compare === true ? await demoCompare(o.root, progress()) : await demoAttack(o.root);
    if (moves.some((m) => m.succeeded)) process.exitCode = exitCode.no;
  });

registerWhy(program);
registerCheck(program);
registerAllow(program);
registerAudit(program);
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
    process.stderr.write(
      `${paint("red", "bulkhead:")} ${error instanceof Error ? (process.env["BULKHEAD_DEBUG"] === undefined ? error.message : error.stack) : String(error)}\n`,
    );
    process.exitCode = exitCode.no;
  }
}
