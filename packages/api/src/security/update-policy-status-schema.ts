import type { JSONSchemaProps } from "../generated/types.ts";
import { choice, count, flag, list, object, text, time, line as word } from "./schema-parts.ts";
import { updateOutcomes, updatePhases, updateReasons } from "./update-policy.ts";

const summary = text("What it fixes.", { maxLength: 8192 });
const candidate = object("An image to update to.", ["image", "tag", "digest", "firstSeen"], {
  image: word("Its name, with its digest."),
  tag: word("Its tag."),
  digest: word("Its digest."),
  firstSeen: time("When the digest was seen first."),
  security: flag("It mends what the policy refuses: no cooldown."),
  summary,
  findings: object("How many findings.", ["after"], {
    before: count("In the old image."),
    after: count("In the new."),
  }),
  fixes: list(
    "Findings of the old image that the new one has not.",
    64,
    object("A finding.", ["id"], {
      id: word("Its identifier."),
      package: word("Of what."),
      severity: word("How grave."),
    }),
  ),
});

const workload = object("A container that is followed.", ["kind", "name", "container", "image", "reason", "message"], {
  kind: word("The workload's kind."),
  name: word("Its name."),
  container: word("The container."),
  image: word("Its image as the template has it."),
  reason: choice("Why it is updated now, or not.", updateReasons),
  message: text("In words.", { maxLength: 8192 }),
  until: time("When the reason ends by itself."),
  owner: word("Who writes the workload, where it is not ours to patch."),
  candidate,
});

const rollout = object("The update under way.", ["kind", "name", "uid", "container", "from", "to", "phase", "since"], {
  kind: word("The workload's kind."),
  name: word("Its name."),
  uid: word("Its UID."),
  container: word("The container."),
  from: object("Where from.", ["image", "restore"], {
    image: word("The image before."),
    restore: word("What a rollback sets."),
  }),
  to: candidate,
  phase: choice("How far it is.", updatePhases),
  since: time("Since when it is in this phase."),
  started: time("When it began."),
  observed: flag("Another writes the workload: it is watched and never patched."),
  strategy: object("The workload's own strategy, put back in the end.", [], {
    maxSurge: word("maxSurge: a number, or a share with %."),
    maxUnavailable: word("maxUnavailable, likewise."),
    partition: { type: "integer", format: "int32", minimum: 0, description: "A StatefulSet's partition." },
  }),
  failure: text("Why it is rolled back.", { maxLength: 8192 }),
});

export const updatePolicyStatus: JSONSchemaProps = object("What was found, what is under way, what was done.", [], {
  observedGeneration: count("The generation that was looked at."),
  checkedAt: time("When the registries were asked last."),
  check: text("The annotation update-check, as it stood when they were asked.", { maxLength: 64 }),
  workloads: list("What is followed, and how it stands.", 256, workload),
  seen: list(
    "When digests were seen first; cooldowns count from then.",
    256,
    object("A digest.", ["digest", "at"], { digest: word("Which."), at: time("When.") }),
  ),
  rollout,
  bad: list(
    "Digests that failed here; not tried again until a person says so (bulkhead update retry).",
    64,
    object("A digest.", ["repository", "digest", "reason", "since"], {
      repository: word("Its repository."),
      digest: word("Which."),
      tag: word("Under which tag."),
      reason: text("Why.", { maxLength: 8192 }),
      workload: word("Where."),
      since: time("When."),
    }),
  ),
  history: list(
    "Updates that ended, the newest first.",
    32,
    object("An update.", ["workload", "container", "from", "to", "outcome", "started", "ended"], {
      workload: word("Of which workload."),
      container: word("Of which container."),
      from: word("The image before."),
      to: word("The image after."),
      outcome: choice("How it ended.", updateOutcomes),
      message: text("In words.", { maxLength: 8192 }),
      started: time("When it began."),
      ended: time("When it ended."),
      security: flag("It mended what the policy refuses."),
      summary,
    }),
  ),
});
