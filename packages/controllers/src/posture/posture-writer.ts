import { type Evaluation, kinds, type OwnControl, postureReportName, type Steps, seenIn } from "@bulkhead/analysis";
import {
  type OpenReport,
  type PostureControl,
  type PostureControlStatus,
  type PostureSummary,
  postureSummaryName,
} from "@bulkhead/api";
import {
  type Client,
  hasReason,
  openClusterReports,
  openReports,
  postureControls,
  postureSummaries,
} from "@bulkhead/client";
import type { ControllerContext } from "../controller.ts";
import { keepReport } from "../keep-report.ts";
import { controlStatus } from "./control-status.ts";

/** What a controller before this one knew of since when findings are there: milliseconds, by finding. */
export async function writtenBefore(reader: Client): Promise<[string, number][]> {
  const lists = [reader.list(openReports), reader.list(openClusterReports)].map((asked) =>
    asked.catch((error: unknown) => {
      if (hasReason(error, "NotFound")) return { items: [] };
      throw error;
    }),
  );
  return (await Promise.all(lists)).flatMap(({ items }) =>
    items.filter(({ metadata }) => metadata.name === postureReportName).flatMap(seenIn),
  );
}

/** A PostureControl, how it counts, and what it found. */
export interface ToldControl {
  readonly one: OwnControl;
  readonly object: PostureControl;
  readonly tally: ReturnType<Evaluation["tallies"]>[number] | undefined;
}

/** What is to be said on PostureControls, read from an evaluation while it is whole. */
export function* toldControls(evaluation: Evaluation, own: readonly OwnControl[]): Steps<readonly ToldControl[]> {
  const tallies = new Map((yield* evaluation.tallying()).map((tally) => [tally.control.id, tally]));
  return own.flatMap((one) => {
    const object = evaluation.objects.get(kinds.postureControl, "", one.name);
    return object === undefined ? [] : [{ one, object, tally: tallies.get(one.control.id) }];
  });
}

/** Writes what the posture controller says: Reports, the summary, and what each PostureControl has come to. */
export class PostureWriter {
  readonly #context: Pick<ControllerContext, "client" | "log" | "now">;
  /** What was last written on each PostureControl: of their status nothing else is followed. */
  readonly #toldOf = new Map<string, PostureControlStatus>();

  constructor(context: Pick<ControllerContext, "client" | "log" | "now">) {
    this.#context = context;
  }

  async summary(planned: PostureSummary): Promise<void> {
    const { client } = this.#context;
    try {
      const { metadata } = await client.get(postureSummaries, { namespace: "", name: postureSummaryName });
      await client.update(postureSummaries, { ...planned, metadata });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await client.create(postureSummaries, planned).catch((failure: unknown) => {
        // The kind itself is not there (yet).
        if (!hasReason(failure, "NotFound")) throw failure;
      });
    }
  }

  /** Of a namespace; "": of what is in none. Writes where it differs, and nothing where OpenReports is not served. */
  async report(namespace: string, planned: OpenReport | undefined): Promise<void> {
    const { client, log } = this.#context;
    const resource = namespace === "" ? openClusterReports : openReports;
    try {
      await keepReport(client, resource, { namespace, name: postureReportName }, planned);
    } catch (error) {
      // A namespace that is going takes no new objects (Forbidden), and its report goes with it.
      if (!hasReason(error, "NotFound", "Forbidden")) throw error;
      log.debug({ namespace, error }, "a report could not be written");
    }
  }

  async controls(told: readonly ToldControl[]): Promise<void> {
    const { client, now } = this.#context;
    for (const { one, object, tally } of told) {
      const status = controlStatus(this.#toldOf.get(one.name) ?? object.status, one, tally, now());
      if (status === undefined) continue;
      this.#toldOf.set(one.name, status);
      try {
        const name = { namespace: "", name: one.name };
        await client.patch(postureControls, name, "merge", { status }, { subresource: "status" });
      } catch (error) {
        this.#toldOf.delete(one.name);
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  }
}
