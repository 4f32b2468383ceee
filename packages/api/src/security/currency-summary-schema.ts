import type { JSONSchemaProps } from "../generated/types.ts";
import { currencyActions } from "./currency-policy.ts";
import { currencyDecisions, currencyVerdicts } from "./currency-summary.ts";
import { choice, count, line, list, object, time } from "./schema-parts.ts";

export const currencySummary: JSONSchemaProps = object(
  "CurrencySummary sums up what has grown old in the cluster; the currency controller writes it, and bulkhead current tells the rest.",
  ["currency"],
  {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    currency: object("What was found.", ["lookedAt", "counts"], {
      lookedAt: time("When it was last written."),
      counts: object(
        "Things by verdict.",
        [],
        Object.fromEntries(currencyVerdicts.map((verdict) => [verdict, count(`How many are ${verdict}.`)])),
      ),
      exploited: count("Things with a flaw that is known to be used in attacks."),
      worst: list(
        "The most urgent first.",
        48,
        object("A thing.", ["id", "version", "verdict", "because"], {
          id: line("Its kind and name."),
          version: line("Its version."),
          machine: line("Of which machine; absent: seen through the API."),
          verdict: choice("How it stands.", currencyVerdicts),
          because: line("Why."),
          whatToDo: line("What to do."),
        }),
      ),
      endsNext: list(
        "What ends next.",
        12,
        object("A thing.", ["id", "until", "from"], {
          id: line("Its kind and name."),
          until: line("When."),
          from: line("Who says so."),
        }),
      ),
      plan: list(
        "Parts of which something newer is offered, and what the policies say.",
        64,
        object("A part.", ["machine", "part", "from", "to", "decision", "action", "because"], {
          machine: line("Of which machine."),
          part: line("Which."),
          from: line("The revision here."),
          to: line("The revision offered."),
          decision: choice("Whether it is brought up to date now.", currencyDecisions),
          action: choice("Whether that is done by itself.", currencyActions),
          because: line("Why, with object and field."),
          until: time("Until when it waits."),
          command: line("The command that turns it."),
        }),
      ),
      unseen: list(
        "What could not be seen.",
        32,
        object("A thing.", ["what", "why"], { what: line("What."), why: line("Why.") }),
      ),
      staleSources: list("Sources that are too old.", 128, line("A source.")),
      machines: list(
        "Machines that told of themselves.",
        64,
        object("A machine.", ["name", "lookedAt"], { name: line("Its node."), lookedAt: time("When.") }),
      ),
      told: list("What was told as an Event already.", 1024, line("A thing, and what became of it.")),
    }),
  },
);
