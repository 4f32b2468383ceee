import { exceptionDeciders, exceptionSubjectKinds } from "./exception.ts";
import { conditions, object, root, text } from "./schema-parts.ts";

export const exception = root(
  "Exception lets one subject of its namespace past one rule of one decider, for a while.",
  object(
    "What is lifted, for whom, why and until when.",
    ["decider", "rule", "subject", "reason", "author", "expires"],
    {
      decider: text("Whose rule it lifts.", { enum: [...exceptionDeciders] }),
      rule: text("The rule, by the identifier that the refusal named.", {
        pattern: "^[a-zA-Z][a-zA-Z0-9._-]*$",
        maxLength: 63,
      }),
      subject: object("Whom it is for.", ["kind", "name"], {
        kind: text("A workload's kind covers every pod that it controls.", { enum: [...exceptionSubjectKinds] }),
        name: text("The subject's name, in this namespace or of what is in none.", { minLength: 1, maxLength: 253 }),
      }),
      value: text("Narrows it to one value; absent: whatever the value.", { minLength: 1, maxLength: 1024 }),
      reason: text("Why it is needed.", { minLength: 1, maxLength: 1024, pattern: "\\S" }),
      author: text("Who asked for it.", { minLength: 1, maxLength: 253, pattern: "\\S" }),
      expires: text("From this moment on it lifts nothing.", { format: "date-time" }),
    },
  ),
  object("How it stands; told, not decided by: the deciders look at the time themselves.", [], {
    conditions: conditions("Active while it lifts its rule, Expired from its end on."),
  }),
);
