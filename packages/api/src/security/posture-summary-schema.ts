import type { JSONSchemaProps } from "../generated/types.ts";
import { postureSeverities } from "./posture-summary.ts";
import { choice, count, list, object, text } from "./schema-parts.ts";

const word = (description: string): JSONSchemaProps => text(description, { maxLength: 2048 });
const amount = (description: string): JSONSchemaProps => ({ type: "number", minimum: 0, description });
const reference = object("An object.", ["apiVersion", "kind", "name"], {
  apiVersion: word("Its group and version."),
  kind: word("Its kind."),
  namespace: word("Its namespace."),
  name: word("Its name."),
});

export const postureSummary: JSONSchemaProps = object(
  "PostureSummary sums up the security posture of the cluster; the posture controller writes it, and Reports hold the rest.",
  ["posture"],
  {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    posture: object("What was found.", ["lookedAt", "failing"], {
      lookedAt: text("When it was last written.", { format: "date-time" }),
      controls: count("Controls that were held against every object."),
      risk: amount("The risk of all that fails."),
      possible: amount("What would come to it if all that could not be looked at failed."),
      failing: object(
        "Findings by severity.",
        [],
        Object.fromEntries(postureSeverities.map((severity) => [severity, count(`How many are ${severity}.`)])),
      ),
      unknown: count("Checks that could not be answered."),
      errors: count("Checks that failed to run."),
      accepted: count("Findings that Exceptions accept."),
      notKnown: list("Why no more can be claimed.", 32, word("A reason.")),
      worst: list(
        "The riskiest findings.",
        16,
        object("A finding.", ["control", "object", "says", "severity"], {
          control: word("The control that does not hold."),
          object: reference,
          field: word("Where in the object."),
          says: word("What is there, and what follows."),
          severity: choice("How grave it is.", postureSeverities),
          risk: amount("Severity times what surrounds it."),
          since: text("Since when it is there.", { format: "date-time" }),
        }),
      ),
      changes: list(
        "Changes that would remove most risk, each with those before it in place.",
        5,
        object("A change.", ["objects"], {
          objects: list("The objects that it changes.", 16, reference),
          findings: count("Findings that would go."),
          before: amount("The risk before it."),
          after: amount("The risk after it."),
          mind: list("What to know before.", 8, word("A caution.")),
        }),
      ),
    }),
  },
);
