import type { Command } from "commander";
import { CommandFailure } from "../exit-codes.ts";
import { outputFormat, print } from "../output/print.ts";
import { collect, examples, kubeconfigOption, outputOption, rootOption } from "./options.ts";

interface Given {
  readonly root?: string;
  readonly kubeconfig?: string;
  readonly output?: string;
  readonly list?: boolean;
  readonly takeBack?: boolean;
  readonly [option: string]: unknown;
}

/** Options that are handed on, as they were given: the decider's package reads them, refusals write them. */
const handedOn = ["for", "namespace", "value", "reason", "forDays", "until", "only"] as const;

const flagOf = (option: string): string => `--${option.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** The words after `bulkhead allow`, as `parseAllow` takes them. */
export const wordsOf = (positional: readonly string[], given: Readonly<Record<string, unknown>>): string[] => [
  ...positional,
  ...handedOn.flatMap((option) =>
    ((given[option] ?? []) as readonly string[]).flatMap((value) => [flagOf(option), value]),
  ),
];

/** `bulkhead allow`. */
export function registerAllow(program: Command): void {
  program
    .command("allow")
    .summary("lift one rule for one subject, for a while; every refusal prints the command filled in")
    .description(
      "Lift one rule of one decider for one subject, for a while. Writes an Exception, with reason, author and end (7 days unless said); whoever may create Exceptions there may do it. What the node itself refuses is lifted in its own file, by root, for as long.",
    )
    .argument("[words...]", "traffic FROM TO PORT | DECIDER RULE | node WHAT VALUE | list")
    .option("--for <kind/name>", "for whom: deployment/web, pod/x, serviceaccount/api, namespace/shop", collect)
    .option("-n, --namespace <name>", "the subject's namespace", collect)
    .option("--value <value>", "narrow it to one value: an image, a path, a port", collect)
    .option("--reason <text>", "why it is needed; it stays on record", collect)
    .option("--for-days <number>", "how long (default 7, at most 365)", collect)
    .option("--until <time>", "until when: 2026-12-01T00:00:00Z", collect)
    .option("--only <direction>", "with traffic: open only egress, or only ingress", collect)
    .option("--list", "show every Exception and when it ends (so does: bulkhead allow list)")
    .option("--take-back", "undo what the same words allowed")
    .addOption(rootOption())
    .addOption(kubeconfigOption())
    .addOption(outputOption())
    .addHelpText(
      "after",
      () =>
        `${examples(
          [
            'bulkhead allow traffic shop/web shop/db 5432 --reason "until the api is split off"',
            "both ends are opened, for their workloads, for this port",
          ],
          [
            'bulkhead allow pod-security runAsNonRoot --for deployment/web -n shop --reason "image runs as root; fixed in 2.1"',
            "one rule of the restricted standard",
          ],
          [
            'bulkhead allow image trust --for deployment/web -n shop --value docker.io/library/nginx --for-days 1 --reason "trial"',
            "one image, for a day",
          ],
          [
            'sudo bulkhead allow node registry registry.example.com --for-days 30 --reason "mirror is being built"',
            "what this node may run at all",
          ],
          ["bulkhead allow --list", "all that is excepted, the next to end first"],
        )}\nDeciders: pod-security, image, network (or: traffic), posture, and node. A refusal names decider and rule; of\nposture the rule is a control, and bulkhead posture show CONTROL prints the command filled in.\nExit codes: 0 done, 1 refused by the API server, 2 not understood.\n`,
    )
    .action(async (positional: string[], given: Given) => {
      const format = outputFormat(given.output);
      const { root, kubeconfig, takeBack } = given;
      const options = {
        ...(root === undefined ? {} : { root }),
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
      };
      if (given.list === true || (positional.length === 1 && positional[0] === "list")) {
        const others = handedOn.find((option) => option !== "namespace" && given[option] !== undefined);
        if (positional.length > (given.list === true ? 0 : 1) || others !== undefined)
          throw new CommandFailure("bulkhead allow --list takes a namespace (-n) and nothing else");
        const { listAllowed } = await import("../commands/allow-list.ts");
        const { allowedText } = await import("../allow/allow-text.ts");
        const [namespace] = (given["namespace"] ?? []) as readonly string[];
        print(
          await listAllowed({ ...options, ...(namespace === undefined ? {} : { namespace }) }),
          format,
          allowedText,
        );
        return;
      }
      const { allow } = await import("../commands/allow.ts");
      const { allowText } = await import("../allow/allow-text.ts");
      const report = await allow(wordsOf(positional, given), {
        ...options,
        ...(takeBack === true ? { takeBack } : {}),
      });
      print(report, format, (r) => allowText(r, Date.now()));
    });
}
