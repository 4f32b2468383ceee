import { briefForms, briefPhases, briefScheduleRoles, briefSecretName } from "./brief-schedule.ts";
import { choice, conditions, count, duration, object, root, text } from "./schema-parts.ts";

const secretKey = text(`A key of the Secret ${briefSecretName} of kube-system.`, {
  pattern: "^[-._a-zA-Z0-9]+$",
  maxLength: 253,
});
const time = (description: string) => text(description, { format: "date-time" });

export const briefSchedule = root(
  "BriefSchedule sends a security brief to a webhook, again and again; bulkhead brief shows one.",
  object("When, for whom, and where to.", ["schedule", "webhook"], {
    schedule: text("Five fields of cron, not more often than hourly: 0 8 * * 1.", { minLength: 9, maxLength: 100 }),
    timeZone: text("An IANA name; default UTC.", { minLength: 1, maxLength: 64 }),
    role: choice("For whom; default operator.", briefScheduleRoles),
    form: choice("As what; default markdown.", briefForms),
    since: duration("How far back it looks; default 7d."),
    paused: { type: "boolean", description: "Nothing is sent, and what falls due meanwhile is not sent later." },
    webhook: object("Where it is sent, by POST.", ["url"], {
      url: text("Its address; https alone.", { pattern: "^https://", maxLength: 2048 }),
      caBundle: text("PEM of the authorities that its certificate may be of, in base64; absent: the public ones.", {
        format: "byte",
        maxLength: 65536,
      }),
      header: object("A header whose value is kept in a Secret.", ["name", "secretKey"], {
        name: text("The header's name.", { pattern: "^[A-Za-z0-9-]+$", maxLength: 64 }),
        secretKey,
      }),
      signature: object("Signs by HMAC-SHA256 over the time, a full stop and the body.", ["secretKey"], { secretKey }),
    }),
  }),
  object("What was sent, and what comes next; the controller writes it.", [], {
    observedGeneration: {
      type: "integer",
      format: "int64",
      minimum: 0,
      description: "The generation that was judged.",
    },
    conditions: conditions("Accepted: it is understood. Sent: the last period's brief has arrived."),
    period: time("The period that was worked on last: when it was due."),
    phase: choice("How far that has come.", briefPhases),
    attempts: count("How often it was tried for that period."),
    lastSent: time("When one arrived last."),
    lastError: text("Why the last attempt failed.", { maxLength: 1024 }),
    next: time("When it is sent or tried next."),
  }),
);
