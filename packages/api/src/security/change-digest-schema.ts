import type { JSONSchemaProps } from "../generated/types.ts";
import { count, flag, line, list, object, text, time } from "./schema-parts.ts";

const change = object("What somebody did to one kind.", ["who", "verb", "resource", "names", "times"], {
  who: line("The user."),
  verb: line("What was done."),
  resource: line("To which resource."),
  names: list("To which of them.", 4, line("Its namespace and name.")),
  more: flag("And to others."),
  times: count("How often."),
});

export const changeDigest: JSONSchemaProps = object(
  "ChangeDigest is who changed what, day by day, from the audit log: names and numbers, never what was written; the machine's root's own process writes it, and nobody else.",
  ["digest"],
  {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    digest: object("What it says.", ["from", "to", "chain", "last", "days"], {
      from: time("What came before was not looked at."),
      to: time("Up to where it goes."),
      chain: line("The audit log's chain."),
      last: count("Its last record that was taken in."),
      days: list(
        "In order.",
        32,
        object("A day.", ["day", "refused", "changes", "left"], {
          day: text("YYYY-MM-DD, UTC.", { pattern: "^\\d{4}-\\d{2}-\\d{2}$" }),
          refused: count("Requests that were refused."),
          changes: list("What was changed.", 64, change),
          left: count("Changes that did not fit."),
        }),
      ),
    }),
  },
);
