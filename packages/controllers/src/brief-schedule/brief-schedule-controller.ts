import { briefHtml, briefMarkdown, briefRoles, briefText, makeBrief } from "@bulkhead/analysis";
import {
  type BriefForm,
  type BriefSchedule,
  type BriefScheduleStatus,
  briefSecretName,
  briefSendAtAnnotation,
} from "@bulkhead/api";
import { briefSchedules, createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, timestamp, work } from "../controller.ts";
import type { PostureBoard } from "../posture/posture-board.ts";
import { readSchedule, type Schedule } from "./cron.ts";
import { type Delivered, deliver, webhookUrl } from "./deliver.ts";
import { publishedForBriefs, scheduledFacts } from "./facts.ts";
import { accepted, isAccepted, refused } from "./judged-status.ts";
import { backOff, mostAttempts, planStep } from "./plan.ts";

export interface BriefScheduleSettings {
  /** Whose brief it is, for a person. */
  readonly of: string;
  /** Why a webhook may not be at an address; undefined: it may. */
  readonly refusal: (address: string) => string | undefined;
}

const secretNamespace = "kube-system";
const contentTypes: Readonly<Record<BriefForm, string>> = {
  text: "text/plain; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
};
const minute = 60_000;
const day = 24 * 60 * minute;
const unit: Readonly<Record<string, number>> = { m: minute, h: 60 * minute, d: day };
/** Until the first look at everything is done, it is asked again after so many milliseconds. */
const untilLooked = 5000;

/**
 * Sends security briefs to webhooks as BriefSchedules say. That a period's brief is being sent is written before a byte
 * leaves: whoever starts after a stop sends no period twice.
 */
export const briefScheduleController = (
  settings: BriefScheduleSettings,
  board: PostureBoard,
): ControllerDefinition => ({
  name: "brief-schedule",
  identity: "system:serviceaccount:kube-system:brief-schedule-controller",
  clusterRole: "system:controller:brief-schedule-controller",
  component: "brief-schedule-controller",
  start: (context) => start(context, settings, board),
});

interface Read {
  readonly schedule: Schedule;
  readonly since: number;
  /** When it is due besides. */
  readonly asked: number | undefined;
}

/** What a spec means; a text: why it means nothing. */
function read({ spec, metadata }: BriefSchedule): Read | string {
  const schedule = readSchedule(spec.schedule, spec.timeZone);
  if (typeof schedule === "string") return schedule;
  const url = webhookUrl(spec.webhook.url);
  if (typeof url === "string") return url;
  const sendAt = metadata.annotations?.[briefSendAtAnnotation];
  const asked = sendAt === undefined ? undefined : Date.parse(sendAt);
  if (Number.isNaN(asked)) return `metadata.annotations[${briefSendAtAnnotation}]: is no time`;
  const { since = "7d" } = spec;
  return { schedule, asked, since: Number(since.slice(0, -1)) * (unit[since.slice(-1)] ?? day) };
}

async function start(context: ControllerContext, settings: BriefScheduleSettings, board: PostureBoard): Promise<void> {
  const { informers, client, events, log, now, signal } = context;
  const known = informers.of(briefSchedules);
  const queue = createWorkqueue({ name: "brief-schedule", log });
  known.onChange((current) => {
    if (current !== undefined) queue.add(current.metadata.name ?? "");
  });

  /** Writes a status over the very object that was read; undefined: somebody else was there first, and all is planned anew. */
  async function write(object: BriefSchedule, status: BriefScheduleStatus): Promise<BriefSchedule | undefined> {
    try {
      return await client.update(briefSchedules, { ...object, status }, { subresource: "status" });
    } catch (error) {
      if (hasReason(error, "Conflict", "NotFound")) return undefined;
      throw error;
    }
  }

  async function secretsOf({ spec }: BriefSchedule): Promise<ReadonlyMap<string, string> | string> {
    const asked = [spec.webhook.header?.secretKey, spec.webhook.signature?.secretKey].filter(
      (key) => key !== undefined,
    );
    if (asked.length === 0) return new Map();
    try {
      const { data = {} } = await client.get(resources.secrets, { namespace: secretNamespace, name: briefSecretName });
      return new Map(
        asked.flatMap((key) => {
          const value = Object.hasOwn(data, key) ? data[key] : undefined;
          return value === undefined ? [] : [[key, Buffer.from(value, "base64").toString("utf8")] as const];
        }),
      );
    } catch (error) {
      if (!hasReason(error, "NotFound", "Forbidden")) throw error;
      return `there is no Secret ${secretNamespace}/${briefSecretName}`;
    }
  }

  async function bodyOf({ spec }: BriefSchedule, { since }: Read): Promise<string | undefined> {
    const look = board.current;
    if (look === undefined) return undefined;
    const role = briefRoles.find((each) => each === spec.role) ?? "operator";
    const at = now();
    const published = await publishedForBriefs(context.reader);
    const span = { of: settings.of, since: at - since, now: at };
    const brief = makeBrief(await look.alone(() => scheduledFacts(look, published, span)), role);
    switch (spec.form ?? "markdown") {
      case "text":
        return briefText(brief);
      case "markdown":
        return briefMarkdown(brief);
      case "html":
        return briefHtml(brief);
    }
  }

  /** Claims a period, sends its brief, and writes what came of it. */
  async function send(object: BriefSchedule, how: Read, period: number, attempt: number): Promise<void> {
    const body = await bodyOf(object, how);
    const { name = "" } = object.metadata;
    if (body === undefined) return queue.addAfter(name, untilLooked);
    const due = timestamp(period);
    const { next: _, lastError: __, ...before } = object.status ?? {};
    const claim = { ...before, period: due, phase: "Sending" as const, attempts: attempt };
    const claimed = await write(object, { ...claim, ...accepted(object, "Sending", "a brief is being sent", now()) });
    if (claimed === undefined) return;
    const secrets = await secretsOf(object);
    const { webhook, form = "markdown" } = object.spec;
    const delivered: Delivered =
      typeof secrets === "string"
        ? { sent: false, says: secrets }
        : await deliver({
            webhook,
            contentType: contentTypes[form],
            body,
            id: `${object.metadata.uid ?? name}/${due}`,
            now: now(),
            secrets,
            refusal: settings.refusal,
            signal,
          });
    // Stopped meanwhile: what was claimed stays claimed.
    if (signal.aborted && !delivered.sent) return;
    const at = now();
    if (delivered.sent) {
      const next = how.schedule.after(at);
      await write(claimed, {
        ...claim,
        ...accepted(object, "Sent", `the brief of ${due} has arrived`, at),
        phase: "Sent",
        lastSent: timestamp(at),
        ...(next === undefined ? {} : { next: timestamp(next) }),
      });
      return;
    }
    const over = attempt >= mostAttempts;
    const next = over ? how.schedule.after(at) : at + backOff(attempt);
    const after = over ? "; it is not tried again" : `; tried again at ${timestamp(next ?? at)}`;
    events.event(object, "Warning", "BriefNotSent", `attempt ${attempt} of ${mostAttempts}: ${delivered.says}${after}`);
    await write(claimed, {
      ...claim,
      ...accepted(object, "NotSent", delivered.says, at),
      phase: over ? "GivenUp" : "Failed",
      lastError: delivered.says,
      ...(next === undefined ? {} : { next: timestamp(next) }),
    });
  }

  await work(context, queue, 1, async (name) => {
    const object = known.get({ namespace: "", name });
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const how = read(object);
    const { status, metadata, spec } = object;
    const changed = status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation;
    if (typeof how === "string") {
      const next = { ...status, ...refused(object, how, now()) };
      if (changed || status?.conditions?.find(isAccepted)?.message !== how) await write(object, next);
      return;
    }
    const created = Date.parse(metadata.creationTimestamp ?? "") || now();
    const { asked } = how;
    const step = planStep(how.schedule, { status, created, paused: spec.paused === true, changed, asked }, now());
    switch (step.do) {
      case "send":
        return send(object, how, step.period, step.attempt);
      case "leave": {
        const says =
          "it was being sent when the controllers stopped: whether it arrived nobody knows, and it is not sent twice";
        events.event(object, "Warning", "BriefNotSent", says);
        await write(object, {
          ...status,
          ...accepted(object, "NotKnown", says, now()),
          phase: "Unknown",
          lastError: says,
        });
        return;
      }
      case "skip":
        await write(object, {
          ...status,
          ...accepted(object, "Paused", "nothing is sent while it is paused", now()),
          period: timestamp(step.period),
          phase: "GivenUp",
        });
        return;
      case "wait": {
        const next = step.until === undefined ? undefined : timestamp(step.until);
        const isUnderstood = status?.conditions?.find(isAccepted)?.status === "True";
        if (changed || status?.observedGeneration === undefined || !isUnderstood || status.next !== next) {
          const { next: _, ...rest } = status ?? {};
          await write(object, {
            ...rest,
            ...accepted(object, undefined, "", now()),
            ...(next === undefined ? {} : { next }),
          });
        }
        if (step.until !== undefined) queue.addAfter(name, Math.min(Math.max(step.until - now(), 0) + 50, day));
      }
    }
  });
}
