import { isDeepStrictEqual } from "node:util";
import { type ImageReport, imageReportName, type OpenReport, type Pod } from "@bulkhead/api";
import {
  createWorkqueue,
  exceptions,
  hasReason,
  imageReports,
  imageTrustPolicies,
  openReports,
  resources,
} from "@bulkhead/client";
import { normaliseExceptions, normaliseImages } from "@bulkhead/policy";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";
import { keepReport } from "../keep-report.ts";
import { imagesKey, namespaceImages } from "./namespace-images.ts";
import { planReport, reportName } from "./plan.ts";

/** Keeps one Report (openreports.io) in every namespace that runs images: what is known of them, and what the decider makes of it. */
export const imageReportsController: ControllerDefinition = {
  name: "image-reports",
  identity: "system:serviceaccount:kube-system:image-reports-controller",
  clusterRole: "system:controller:image-reports-controller",
  component: "image-reports-controller",
  start,
};

/** Changes come in numbers: one report for all of so many milliseconds. */
const gather = 3000;
/** Exceptions end, deadlines pass, and somebody may have deleted the report. */
const lookAgain = 600_000;

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, log, now } = context;
  const pods = informers.of(resources.pods);
  const namespaces = informers.of(resources.namespaces);
  const reports = informers.of(imageReports);
  const policies = informers.of(imageTrustPolicies);
  const lifting = informers.of(exceptions);
  const queue = createWorkqueue({ name: "image-reports", log });
  const soon = (namespace: string | undefined): void => {
    if (namespace !== undefined && namespace !== "") queue.addAfter(namespace, gather);
  };
  const everywhere = (): void => {
    for (const { metadata } of namespaces.list()) soon(metadata.name);
  };

  pods.onChange((current, previous) => {
    // Of a pod's many changes few are of its images.
    const key = (pod: Pod | undefined): string => (pod === undefined ? "" : imagesKey(pod));
    if (key(current) !== key(previous)) soon((current ?? previous)?.metadata.namespace);
  });
  reports.onChange((current, previous) => {
    // Matched anew with the same outcome is no change.
    if (current !== undefined && previous !== undefined && isDeepStrictEqual(told(current), told(previous))) return;
    for (const namespace of new Set([...(current?.report.namespaces ?? []), ...(previous?.report.namespaces ?? [])]))
      soon(namespace);
  });
  policies.onChange(everywhere);
  lifting.onChange((current, previous) => soon((current ?? previous)?.metadata.namespace));
  namespaces.onChange((current, previous) => {
    if (!isDeepStrictEqual(current?.metadata.labels, previous?.metadata.labels)) soon(current?.metadata.name);
  });

  await work(context, queue, 1, async (namespace) => {
    const owner = namespaces.get({ namespace: "", name: namespace });
    if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
    const at = now();
    const planned = planReport({
      namespace,
      images: namespaceImages(pods.list(namespace)),
      summaryOf: (digest) => reports.get({ namespace: "", name: imageReportName(digest) })?.report,
      rules: normaliseImages({
        policies: policies.list(),
        namespaces: [owner],
        exceptions: normaliseExceptions(lifting.list(namespace), at),
      }),
      now: at,
    });
    await keep(namespace, planned);
    if (planned !== undefined) queue.addAfter(namespace, lookAgain);
  });

  /** Writes the report where it differs, and nothing where OpenReports is not served. */
  async function keep(namespace: string, planned: OpenReport | undefined): Promise<void> {
    try {
      await keepReport(client, openReports, { namespace, name: reportName }, planned);
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      log.debug({ namespace }, "a report could not be written: its kind or namespace is gone");
    }
  }
}

/** What of an ImageReport a report tells. */
function told({ report }: ImageReport): unknown {
  const { namespaces, scannedAt, failure, distribution, counts, worst, sources, blindSpots } = report;
  const fresh = sources.map(({ name, stale }) => ({ name, stale }));
  return { namespaces, scannedAt, failure, distribution, counts, worst, blindSpots, sources: fresh };
}
