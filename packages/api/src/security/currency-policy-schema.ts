import { currencyActions, currencyApprovalRules } from "./currency-policy.ts";
import { choice, duration, flag, list, object, root, text, time, windows } from "./schema-parts.ts";

const part = (description: string) => text(description, { pattern: "^[a-z0-9][a-z0-9.+-]{0,62}$" });

export const currencyPolicy = root(
  "CurrencyPolicy says when, and with whose word, the machine's parts and Bulkhead itself are brought up to date. Of several that speak for a part the strictest counts.",
  object("Which parts, when, and what is done.", [], {
    parts: list(
      "The parts that it is for, and bulkhead for Bulkhead itself; absent: every part, and not Bulkhead.",
      64,
      part("A part's name."),
      { minItems: 1 },
    ),
    windows: windows("When an update may begin; absent: at any time."),
    cooldown: duration("How long a revision must have been offered; absent: 72h."),
    approval: choice(
      "Whose updates wait for a person: nobody's, those that mend nothing known, all.",
      currencyApprovalRules,
      {
        default: "None",
      },
    ),
    exemptSecurityFixes: flag("What mends a known flaw waits for no window, no cooldown and no hold.", {
      default: true,
    }),
    action: choice("Report tells what would be done and does nothing; Apply does it.", currencyActions, {
      default: "Report",
    }),
  }),
);

export const currencyApproval = root(
  "CurrencyApproval is somebody's yes to one version of one part, or of Bulkhead, for a while.",
  object("What is approved, by whom and until when.", ["part", "version", "author", "expires"], {
    part: part("The part, or bulkhead."),
    version: text("The one version that it is for.", { minLength: 1, maxLength: 256, pattern: "\\S" }),
    reason: text("Why.", { maxLength: 1024 }),
    author: text("Who asked the API server to write it; set by the server.", {
      minLength: 1,
      maxLength: 253,
      pattern: "\\S",
    }),
    expires: time("From this moment on it counts no more."),
  }),
);
