import { postureSeverities } from "./posture-summary.ts";
import { choice, conditions, count, list, object, root, text } from "./schema-parts.ts";

const sentence = (description: string, most = 2048) => text(description, { minLength: 1, maxLength: most });

export const postureControl = root(
  "PostureControl is an organisation's own control in CEL, held against every object beside Bulkhead's; its name is the control's.",
  {
    ...object(
      "What is asked, of what, and what follows.",
      ["title", "attack", "severity", "severityBecause", "match", "expression", "field"],
      {
        title: sentence("What holds where it passes, as a sentence.", 253),
        attack: sentence("What it protects, how it is attacked, and what then happens."),
        area: text("Of what it speaks; default workloads.", { maxLength: 63 }),
        severity: choice("How grave a breach is.", postureSeverities),
        severityBecause: sentence("Why this severity and no other."),
        frameworks: {
          type: "object",
          description: "Requirements that it answers, by framework.",
          maxProperties: 16,
          additionalProperties: {
            type: "array",
            maxItems: 64,
            "x-kubernetes-list-type": "atomic",
            items: { type: "string", minLength: 1, maxLength: 128 },
          },
        },
        match: object("What it is asked of.", ["kinds"], {
          kinds: list(
            "Kinds as apps/Deployment or Service; or workloads alone: whatever makes pods, judged at the topmost object.",
            32,
            text("A kind.", { minLength: 1, maxLength: 253 }),
            { minItems: 1 },
          ),
        }),
        each: choice("containers: asked of each container, and field counts from it. Default object.", [
          "object",
          "containers",
        ]),
        expression: sentence("CEL that is true where it holds.", 4096),
        field: sentence("Where a breach is.", 1024),
        message: sentence("What a breach says."),
        messageExpression: sentence("CEL that says the message.", 4096),
        passing: sentence("A value that would pass."),
        fix: object("What puts a breach right: edits, or why and how a person does it.", [], {
          edits: list(
            "In order; {field} stands for the breach's field.",
            32,
            {
              ...object("One edit: op, field and, to set, a value of any form.", ["op", "field"], {
                op: choice("What is done.", ["set", "remove"]),
                field: sentence("Where.", 1024),
              }),
              "x-kubernetes-preserve-unknown-fields": true,
            },
            { minItems: 1 },
          ),
          mind: sentence("What to know before."),
          why: sentence("Why no edit puts it right."),
          how: sentence("What a person does."),
        }),
      },
    ),
    // A field mistyped must not vanish as if it were absent: the controller says that it is none.
    "x-kubernetes-preserve-unknown-fields": true,
  },
  object("Whether it counts, and what it found; the posture controller writes it.", [], {
    observedGeneration: {
      type: "integer",
      format: "int64",
      minimum: 0,
      description: "The generation that was judged.",
    },
    conditions: conditions("Accepted: it is held against every object, else why not."),
    findings: object("How it came out on all that it looked at.", [], {
      passed: count("Objects on which it holds."),
      failing: count("Breaches that nobody has accepted."),
      accepted: count("Breaches that Exceptions accept."),
      unknown: count("Objects of which it is not known."),
      errors: count("Objects on which it failed to run; never a pass."),
    }),
  }),
);
