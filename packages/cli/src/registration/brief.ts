import { type Command, Option } from "commander";
import { CommandFailure } from "../exit-codes.ts";
import { documentText, harmless, paint } from "../output/print.ts";
import { examples } from "./options.ts";
import { whereClusters } from "./where-to-look.ts";

const forms = ["text", "markdown", "html", "json", "yaml"] as const;

interface Given {
  readonly root?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly since: string;
  readonly role: string;
  readonly output: (typeof forms)[number];
}

/** `bulkhead brief`, and `brief send`. */
export function registerBrief(program: Command): void {
  const brief = whereClusters(program.command("brief"))
    .summary("a page for a person: what changed here, what became known that touches you, what to learn next")
    .description(
      "A page in plain words, from facts: what to do first, what changed here and by whom, what became known that touches what runs and what does not, what others were broken into by and which of your controls stands against it, and a five-minute exercise. What could not be looked at is named on it.",
    )
    .option("--since <time>", "from when on: 7d, 24h, or a time", "7d")
    .option("--role <role>", "for whom: developer, operator or auditor", "operator")
    .addOption(new Option("-o, --output <format>", "as what").choices([...forms]).default("text"))
    .addHelpText(
      "after",
      examples(
        ["sudo bulkhead brief", "the last week, for whoever operates it"],
        ["sudo bulkhead brief --role auditor --since 30d -o markdown > brief.md", "a month, for an auditor"],
        [
          "sudo bulkhead brief -o html | mail -a 'Content-Type: text/html' -s 'Security brief' team@example.org",
          "by mail",
        ],
        [
          "sudo bulkhead brief -o json | curl -sS -H 'Content-Type: application/json' -d @- https://hooks.example.org/brief",
          "to a webhook; from cron or a systemd timer, each week",
        ],
        ["bulkhead brief send weekly", "what the BriefSchedule weekly sends, now"],
      ),
    )
    .action(async (o: Given) => {
      const { briefHtml, briefMarkdown, briefRoles, makeBrief } = await import("@bulkhead/analysis");
      const { nearest } = await import("../output/nearest.ts");
      const role = briefRoles.find((each) => each === o.role);
      if (role === undefined) {
        const meant = nearest(o.role, briefRoles);
        const hint = meant === undefined ? briefRoles.join(", ") : `did you mean ${meant}?`;
        throw new CommandFailure(`--role ${o.role}: there is none; ${hint}`);
      }
      const { filterOf } = await import("../audit/filter.ts");
      const now = Date.now();
      const since = filterOf({ since: o.since }, now).since?.getTime() ?? now;
      const { gatherBrief } = await import("../brief/gather-brief.ts");
      const page = makeBrief(await gatherBrief(o, since, now), role);
      if (o.output === "markdown") process.stdout.write(briefMarkdown(page));
      else if (o.output === "html") process.stdout.write(briefHtml(page));
      else if (o.output === "text") {
        const { briefText } = await import("@bulkhead/analysis");
        const heading = (text: string): string => paint("bold", text);
        const command = (text: string): string => paint("cyan", text);
        process.stdout.write(briefText(page, { heading, command, clean: harmless }));
      } else process.stdout.write(documentText(page, o.output));
    });

  whereClusters(brief.command("send"))
    .summary("have a BriefSchedule send one brief now, and wait for what comes of it")
    .description(
      "Ask the controller for one brief more of a BriefSchedule (an annotation with a time), beside those that its schedule sends, and wait until the webhook has answered. Needs the right to patch BriefSchedules.",
    )
    .argument("<name>", "the BriefSchedule")
    .addHelpText("after", "\nExit codes: 0 it arrived, 1 it did not, 2 it could not be asked for.\n")
    .action(async (name: string, _: object, command: Command) => {
      const { sendBrief } = await import("../commands/brief-send.ts");
      const { host } = await sendBrief(name, command.optsWithGlobals<Given>());
      process.stdout.write(`the brief of ${harmless(name)} has arrived at ${harmless(host)}\n`);
    });
}
