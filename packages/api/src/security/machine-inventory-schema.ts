import type { JSONSchemaProps } from "../generated/types.ts";
import { partActors, partOutcomes } from "./machine-inventory.ts";
import { choice, count, flag, line, list, object, text, time } from "./schema-parts.ts";

const severities = ["critical", "high", "medium", "low", "negligible", "unknown"];

const flaw = object("A flaw.", ["id", "severity", "exploited", "touches", "because", "sources"], {
  id: line("Its identifier."),
  severity: choice("How grave.", severities),
  fixed: line("The version that mends it."),
  exploited: flag("Known to be used in attacks."),
  touches: choice("Whether it touches this machine.", ["yes", "no", "unknown"]),
  because: line("The evidence."),
  sources: list("Who says so.", 16, line("A source.")),
});

const item = object("A thing.", ["kind", "name", "version", "origin", "vulnerabilities", "gaps", "remedy"], {
  kind: line("What it is."),
  name: line("Its name."),
  version: line("Its version."),
  origin: line("Where it was found."),
  purl: line("Its package URL."),
  support: object("Support or a validity that ends.", ["ended", "from"], {
    until: line("When."),
    ended: flag("It was over when the machine was looked at."),
    from: line("Who says so."),
    extended: flag("Only extended support is left."),
  }),
  vulnerabilities: list("What is known against it, the gravest first.", 32, flaw),
  furtherVulnerabilities: count("Those that did not fit."),
  newest: object("What is newest.", ["version", "source", "at", "newer"], {
    version: line("Its version."),
    source: line("Who was asked."),
    at: line("When."),
    newer: flag("It is another than the one here."),
    security: flag("It mends something."),
  }),
  flawsAsked: flag("Its flaws were looked up."),
  gaps: list("What could not be looked up.", 16, line("A reason.")),
  remedy: line("What to do where it is not current."),
  since: line("When it was made."),
});

const part = { part: line("Which.") };
const change = { ...part, from: line("The revision here."), to: line("The revision offered.") };

export const machineInventory: JSONSchemaProps = object(
  "MachineInventory is what only a machine itself can say of what could grow old; its root's own process writes it, and nobody else.",
  ["machine"],
  {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    machine: object("What it says.", ["lookedAt", "items"], {
      lookedAt: time("When it was looked at."),
      items: list("What could grow old.", 600, item),
      unseen: list(
        "What could not be seen.",
        64,
        object("A thing.", ["what", "why"], { what: line("What."), why: line("Why.") }),
      ),
      sources: list(
        "Advisories and support dates, with their ages.",
        128,
        object("A source.", ["name", "records", "checkedDaysAgo"], {
          name: line("Its name."),
          records: count("Records that count."),
          checkedDaysAgo: count("Days since it was taken in."),
          newestDaysAgo: count("Days since its publisher changed it."),
          stale: line("Why it is too old."),
        }),
      ),
      asked: object("When the suites were asked what they have of the parts.", ["at", "suite", "mirror"], {
        at: time("When."),
        suite: line("Which."),
        mirror: line("Where."),
      }),
      offers: list(
        "Parts of which a newer revision is offered.",
        64,
        object("A part.", ["part", "from", "to", "suite", "security", "since"], {
          ...change,
          suite: line("By which suite."),
          security: list("What it mends.", 64, line("A flaw.")),
          since: time("Since when it is offered."),
        }),
      ),
      holds: list(
        "Parts that root keeps as they are.",
        64,
        object("A hold.", ["part", "reason", "by", "since", "until"], {
          ...part,
          reason: line("Why."),
          by: line("Who."),
          since: time("Since when."),
          until: time("Until when."),
        }),
      ),
      failed: list(
        "Revisions that failed here; not tried again until a person says so.",
        64,
        object("A revision.", ["part", "version", "at", "says"], {
          ...part,
          version: line("The revision."),
          at: time("When."),
          says: text("Why.", { maxLength: 4096 }),
        }),
      ),
      acted: list(
        "What was done, the newest first.",
        32,
        object("An update.", ["at", "part", "from", "to", "outcome", "by", "says"], {
          at: time("When."),
          ...change,
          outcome: choice("How it ended.", partOutcomes),
          by: choice("On whose word.", partActors),
          policies: list("The CurrencyPolicies that spoke for it.", 64, line("A name.")),
          approvedBy: list("Who approved it.", 64, line("An author.")),
          says: text("In words.", { maxLength: 4096 }),
        }),
      ),
    }),
  },
);
