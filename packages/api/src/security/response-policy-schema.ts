import { responseActions, responseModes, runtimeSignals } from "./response-policy.ts";
import { choice, labelSelector, list, object, root, text } from "./schema-parts.ts";

export const responsePolicy = root(
  "ResponsePolicy says what is done when a running container, or the identity of a pod, does what neither image nor pod accounts for.",
  object("For which pods, and what is done.", ["rules"], {
    namespaceSelector: labelSelector,
    podSelector: { ...labelSelector, description: "The pods it speaks for, by their labels; absent or empty: all." },
    mode: choice("DryRun says what it would do and does nothing but tell; Enforce does it.", responseModes, {
      default: "DryRun",
    }),
    rules: list(
      "The first that fits a signal counts; a signal that none fits is told.",
      64,
      object("What is done about some signals.", ["signals", "action"], {
        signals: list("The signals it is for.", runtimeSignals.length, choice("A signal.", runtimeSignals), {
          minItems: 1,
        }),
        action: choice(
          "Ignore: nothing. Tell: an Event and a metric. Isolate: no traffic in or out. Replace: isolated and evicted. Stop: all its containers end for good.",
          responseActions,
        ),
        values: list(
          'Only of these: "/usr/bin/x", "/var/cache/*" for everything below, "8080/TCP", an address from which a token was used, "list secrets", "patch deployments.apps/scale"; absent: whatever the value.',
          128,
          text("A value.", {
            minLength: 1,
            maxLength: 1024,
            pattern: "^(/.*|[0-9]{1,5}/(TCP|UDP)|memfd:.*|[0-9a-f.:]+|[a-z]+ [a-z0-9.-]+(/[a-z0-9.-]+)?)$",
          }),
          { minItems: 1 },
        ),
      }),
      { minItems: 1 },
    ),
  }),
);
