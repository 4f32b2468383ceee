import { imagePatterns } from "./image-trust-policy-schema.ts";
import { choice, labelSelector, list, object, root, text, windows } from "./schema-parts.ts";
import { updatePatchings, updateTagOrders, updateWorkloadKinds } from "./update-policy.ts";
import { updatePolicyStatus } from "./update-policy-status-schema.ts";

/** `72h`, `14d`, `10m`, `30s`. */
const duration = (description: string) => text(description, { pattern: "^[1-9][0-9]{0,4}[smhd]$" });

export const updatePolicy = root(
  "UpdatePolicy says which workloads of its namespace follow which tags, when and how carefully.",
  object("What is updated, to what, and when.", ["tags"], {
    selector: {
      ...labelSelector,
      description: "Whose images are followed, by the workload's labels; absent or empty: all.",
    },
    kinds: list("Kinds of workloads; absent: all of them.", 4, choice("A kind.", updateWorkloadKinds), { minItems: 1 }),
    images: imagePatterns("The images that are followed; absent: every image of these workloads."),
    tags: object("Which tags are candidates: exactly one of semver, prefix and digestOf.", [], {
      semver: text('A semantic version range: "^1.27", ">=2.0.0 <3".', { minLength: 1, maxLength: 128 }),
      prefix: text('Tags that begin so, the newest by order; "": every tag.', {
        pattern: "^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$",
      }),
      order: choice("How what follows the prefix orders.", updateTagOrders, { default: "Numeric" }),
      digestOf: text('One tag whose digest moves: "1.27", "stable".', {
        pattern: "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
      }),
    }),
    windows: windows("When updates may begin; absent: at any time."),
    cooldown: duration("How old an ordinary candidate must be; absent: 72h. Security fixes are exempt."),
    approval: choice("Automatic, or Required: a person says yes first.", ["Automatic", "Required"], {
      default: "Automatic",
    }),
    soak: duration("How long it must stay healthy before it counts as done; absent: 10m."),
    paused: { type: "boolean", description: "Nothing is updated while true." },
    unknown: choice(
      "What becomes of a candidate of which nothing is known: it waits, or goes ahead.",
      ["Wait", "Allow"],
      {
        default: "Wait",
      },
    ),
    patching: choice(
      "WhenNoTag: fixes of the image's distribution that no tag brings are put on it as one more layer, signed with the instance's key.",
      updatePatchings,
      { default: "Never" },
    ),
  }),
  updatePolicyStatus,
);
