import type { JSONSchemaProps } from "../generated/types.ts";
import { recordedStates } from "./posture-history.ts";
import { choice, list, object, text } from "./schema-parts.ts";

const time = (description: string): JSONSchemaProps => text(description, { format: "date-time" });
const ids = (description: string): JSONSchemaProps => list(description, 2048, text("A control.", { maxLength: 128 }));

export const postureHistory: JSONSchemaProps = object(
  "PostureHistory records how every control stood over a time; the posture controller writes it, bulkhead compliance --since reads it.",
  ["history"],
  {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    history: object("What was seen.", ["from", "at", "observed", "changes"], {
      from: time("When it begins."),
      at: object(
        "How each control stood then.",
        [],
        Object.fromEntries(recordedStates.map((state) => [state, ids(`Controls that stood as ${state}.`)])),
      ),
      observed: list(
        "From when to when somebody looked.",
        1024,
        object("A span.", ["from", "to"], { from: time("From."), to: time("To.") }),
      ),
      changes: list(
        "What changed, in order.",
        4096,
        object("A change.", ["at", "state", "controls"], {
          at: time("When it was seen."),
          state: choice("How they stand from then on.", recordedStates),
          controls: ids("Which controls."),
        }),
      ),
    }),
  },
);
