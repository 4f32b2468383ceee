import type { Command } from "commander";
import type { MadeMove } from "../demo/attack.ts";
import { exitCode } from "../exit-codes.ts";
import { rootToMake } from "../instance/usual-root.ts";
import { type OutputFormat, outputFormat, print } from "../output/print.ts";
import { examples, outputOption, port, progress, rootOption, rootToMakeOption } from "./options.ts";

/** Where a person reads along: standard output, unless that is a document's. */
const screen = (format: OutputFormat): ((text: string) => void) => {
  const stream = format === "text" ? process.stdout : process.stderr;
  return (text) => void stream.write(text);
};

const answer = (moves: readonly MadeMove[]): void => {
  if (moves.some((m) => m.succeeded)) process.exitCode = exitCode.no;
};

/** `bulkhead demo` and `bulkhead demo attack`. */
export function registerDemo(program: Command): void {
  const demo = program
    .command("demo")
    .description("bring an instance up, deploy the shop (web, api, PostgreSQL) and play the attack that fails")
    .addOption(rootToMakeOption())
    .option("--port <number>", "as for up", port)
    .option("--no-attack", "only deploy the shop")
    .addOption(outputOption())
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead demo", "what npm start runs"],
        ["sudo bulkhead demo attack --compare", "once more, beside upstream's defaults"],
        ["sudo bulkhead demo attack -o json | jq '.moves[] | select(.succeeded)'", "for a program: every move made"],
      ),
    )
    .action(async (o: { root?: string; port?: number; attack: boolean; output?: string }) => {
      const format = outputFormat(o.output);
      const root = rootToMake(o.root);
      const { up, upReport } = await import("../commands/up.ts");
      const { demoShop, demoAttack } = await import("../commands/demo.ts");
      const { instanceAt, rootToSay } = await import("../instance/find-instance.ts");
      const { rootFlag } = await import("../instance/reach.ts");
      const shown = progress();
      const show = screen(format);
      const config = await up(
        { root, onlyApiserver: false, trust: [], ...(o.port === undefined ? {} : { port: o.port }) },
        shown,
      );
      const found = await instanceAt(root);
      const shop = await demoShop(found, shown, show);
      const moves = o.attack ? await demoAttack(found, show) : [];
      const { paths } = found;
      const [at, own] = [rootFlag(await rootToSay(root)), "node_modules/.bin/bulkhead"];
      show(
        `\nGo on:\n  export KUBECONFIG=${paths.kubeconfig} PATH=$PATH:${paths.parts}/bin\n  kubectl -n shop get pods,services,networkpolicies\n  ${own} status${at}\n  ${own} down${at}          stops Bulkhead; containers go on\n  ${own} reset${at} --yes   removes everything it made\n`,
      );
      if (format !== "text") print({ ...(await upReport(config, paths)), shop, moves }, format, () => "");
      answer(moves);
    });

  demo
    .command("attack")
    .description("play the attack against the deployed shop once more (exit code 1 where a move succeeds)")
    .addOption(rootOption())
    .option("--compare", "set beside it the same moves on a throwaway instance with upstream's defaults")
    .addOption(outputOption())
    .action(async (o: { root?: string; compare?: boolean; output?: string }, command: Command) => {
      // The group has the same options: what stands before the word is the group's.
      const given = { ...(command.parent?.opts() as { root?: string; output?: string }), ...o };
      const format = outputFormat(given.output);
      const show = screen(format);
      const { findInstance } = await import("../instance/find-instance.ts");
      const found = await findInstance(given.root);
      const { demoAttack, demoCompare } = await import("../commands/demo.ts");
      const compared =
        o.compare === true
          ? await demoCompare(found, progress(), show)
          : { moves: await demoAttack(found, show), upstream: undefined };
      const { moves, upstream } = compared;
      const report = { root: found.paths.root, moves, ...(upstream === undefined ? {} : { upstream }) };
      if (format !== "text") print(report, format, () => "");
      answer(moves);
    });
}
