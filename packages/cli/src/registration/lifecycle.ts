import { type Command, Option } from "commander";
import type { UpReport } from "../commands/up.ts";
import { CommandFailure, exitCode, NoInstanceFailure } from "../exit-codes.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, outputOption, port, progress, rootOption, rootToMakeOption } from "./options.ts";

interface UpGiven {
  readonly root?: string;
  readonly detach?: boolean;
  readonly port?: number;
  readonly listen?: string;
  readonly defaults?: "bulkhead" | "kubernetes";
  readonly only?: string;
  readonly trust: string[];
  readonly output?: string;
}

const upText = ({ server, kubeconfig, kubectl }: UpReport, at: string): string =>
  [
    `Bulkhead is up: ${server}`,
    `  export KUBECONFIG=${kubeconfig}`,
    `  kubectl:   ${kubectl}`,
    `  how it is: bulkhead status${at}`,
    `  stop it:   bulkhead down${at}`,
  ].join("\n");

/** `bulkhead up`, `down`, `status` and `reset`. */
export function registerLifecycle(program: Command): void {
  program
    .command("up")
    .description("start an instance, or bring a running one up to date")
    .addOption(rootToMakeOption())
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
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead up --detach", "one instance, in the usual place"],
        ["sudo bulkhead up -d --root /srv/second --port 7443", "another one beside it"],
        ["sudo bulkhead up -d -o json | jq -r .kubeconfig", "for a program: one document once it is ready"],
      ),
    )
    .action(async (o: UpGiven) => {
      const format = outputFormat(o.output);
      const { up, upReport, down } = await import("../commands/up.ts");
      const { port: wanted, listen, defaults, trust } = o;
      const root = rootToMake(o.root);
      const config = await up(
        {
          root,
          onlyApiserver: o.only === "apiserver",
          trust,
          ...(wanted === undefined ? {} : { port: wanted }),
          ...(listen === undefined ? {} : { listen }),
          ...(defaults === undefined ? {} : { defaults }),
        },
        progress(),
      );
      const { instanceAt, rootToSay } = await import("../instance/find-instance.ts");
      const { rootFlag } = await import("../instance/reach.ts");
      const { paths } = await instanceAt(root);
      const at = rootFlag(await rootToSay(root));
      print(await upReport(config, paths), format, (report) => upText(report, at));
      if (o.detach === true) return;
      (format === "text" ? process.stdout : process.stderr).write("Ctrl-C stops Bulkhead; containers go on.\n");
      await (await import("../instance/hold.ts")).holdUntilStopped(paths);
      await down(paths);
    });

  program
    .command("down")
    .description("stop Bulkhead; containers go on, with their network rules")
    .addOption(rootOption())
    .option("--drain", "stop the containers too")
    .addOption(outputOption())
    .addHelpText("after", examples(["sudo bulkhead down --drain", "before the machine is switched off"]))
    .action(async (o: { root?: string; drain?: boolean; output?: string }) => {
      const format = outputFormat(o.output);
      const { findInstance } = await import("../instance/find-instance.ts");
      const { paths } = await findInstance(o.root);
      const { down } = await import("../commands/up.ts");
      const drained = o.drain === true;
      if (drained) {
        const { drain } = await import("../commands/drain.ts");
        await drain(paths, progress());
      }
      const ran = await down(paths);
      if (drained) await (await import("../instance/supervision.ts")).stopOutliving(paths);
      print({ root: paths.root, ran, drained }, format, (r) =>
        r.ran ? `Bulkhead is down at ${r.root}.` : `Bulkhead was not running at ${r.root}.`,
      );
    });

  program
    .command("status")
    .description("what runs, as it is now (exit code 1 where something does not)")
    .addOption(rootOption())
    .addOption(outputOption())
    .addHelpText("after", examples(["bulkhead status -o json | jq .healthy", "for a monitor"]))
    .action(async (o: { root?: string; output?: string }) => {
      const format = outputFormat(o.output);
      const { findInstance } = await import("../instance/find-instance.ts");
      const found = await findInstance(o.root);
      const { status, statusText } = await import("../commands/status.ts");
      const report = await status(found);
      print(report, format, statusText);
      if (!report.healthy) process.exitCode = exitCode.no;
    });

  program
    .command("reset")
    .description("remove an instance: its containers, network, data and programs, and nothing else")
    .addOption(rootToMakeOption())
    .option("--yes", "do not ask")
    .addOption(outputOption())
    .addHelpText("after", examples(["sudo bulkhead reset --yes --root /srv/second", "all that it made; no way back"]))
    .action(async (o: { root?: string; yes?: boolean; output?: string }) => {
      const format = outputFormat(o.output);
      // What removes for good does not go looking for something to remove.
      const root = rootToMake(o.root);
      const { isNothing, reset } = await import("../commands/reset.ts");
      const removed = !(await isNothing(root));
      if (removed) {
        const { instanceAt } = await import("../instance/find-instance.ts");
        const { paths } = await instanceAt(root).catch((error: unknown) => {
          if (!(error instanceof NoInstanceFailure)) throw error;
          throw new CommandFailure(`${root} holds no instance of Bulkhead; nothing was removed`, 2, error);
        });
        if (o.yes !== true) await confirm(paths.root);
        await reset(paths, progress());
      }
      print({ root, removed }, format, (r) =>
        r.removed ? `Removed ${r.root} and all that was made for it.` : `Nothing to remove at ${r.root}.`,
      );
    });
}

async function confirm(root: string): Promise<void> {
  if (process.stdin.isTTY !== true) throw new CommandFailure(`this removes ${root} and all in it; say so with --yes`);
  const { createInterface } = await import("node:readline/promises");
  const question = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await question.question(`Remove ${root}, all data and containers in it? Type yes: `);
  question.close();
  if (answer.trim() !== "yes") throw new CommandFailure("nothing was removed", 1);
}
