import type { JSONSchemaProps } from "../generated/types.ts";
import { line, list, object, time } from "./schema-parts.ts";

export const postureFacts: JSONSchemaProps = object(
  "PostureFacts is what only a machine itself can say for its posture: how it is set up, never what a Secret holds; its root's own process writes it, and nobody else.",
  ["told"],
  {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    told: object("What it says.", ["lookedAt", "objects", "unread"], {
      lookedAt: time("When it was looked at."),
      objects: list(
        "What was seen, in the form in which controls read it.",
        32,
        object("One of facts.bulkhead.dev.", ["kind", "name", "facts"], {
          kind: line("Its kind: NodeFacts."),
          name: line("Its name."),
          facts: {
            type: "object",
            description: "What it says; what is absent nobody could see.",
            "x-kubernetes-preserve-unknown-fields": true,
          },
        }),
      ),
      unread: list(
        "What could not be seen.",
        32,
        object("A kind.", ["kind", "why"], { kind: line("Which."), why: line("Why.") }),
      ),
    }),
  },
);
