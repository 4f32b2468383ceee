import type { ImageReport, ObjectRef } from "@bulkhead/api";
import { parseImageReference } from "@bulkhead/policy";
import { kinds } from "../../snapshot/kinds.ts";
import type { Derivation, View } from "../../snapshot/view.ts";
import { refOf, type Workload } from "../workload.ts";
import { type Factor, factor, unknownFactor } from "./factor.ts";

/** An image's name with all that short names leave out; as it stands where it names no image. */
function wholeName(text: string): string {
  try {
    const { registry, repository, tag, digest } = parseImageReference(text);
    return `${registry}/${repository}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
  } catch {
    return text;
  }
}

const reports: Derivation<ReadonlyMap<string, ImageReport>> = {
  name: "image-reports-by-name",
  compute: (view) => {
    const found = new Map<string, ImageReport>();
    for (const each of view.list(kinds.imageReport)) {
      found.set(each.report.digest, each);
      for (const name of each.report.images) found.set(wholeName(name), each);
    }
    return found;
  },
};

/** The report of an image (the key), by its digest or its name. */
const reportOf: Derivation<ImageReport | undefined> = {
  name: "image-report",
  compute: (view, image) => {
    const all = view.derive(reports);
    const digest = /@(.+)$/.exec(image)?.[1];
    return (digest === undefined ? undefined : all.get(digest)) ?? all.get(wholeName(image));
  },
  same: (a, b) => a === b,
};

const none = 1;

/** What is known against one image. */
function weigh(report: ImageReport): readonly [times: number, says: string, known: boolean] {
  const { counts, worst } = report.report;
  if (counts === undefined) return [1.5, "has not been scanned", false];
  const findings = worst?.findings ?? [];
  const used = (of: (finding: (typeof findings)[number]) => boolean): boolean =>
    findings.some((finding) => of(finding) && finding.inUse === true);
  const idle = counts.inUse !== undefined;
  const loaded = (inUse: boolean): string =>
    inUse ? ", in what is loaded" : idle ? ", in nothing that is loaded" : ", and whether it is loaded nobody looked";
  if (counts.malicious > 0) return [4, "holds a package that is itself an attack", true];
  if (counts.exploited > 0) {
    const inUse = used(({ exploited }) => exploited === true);
    return [
      inUse || !idle ? 4 : 2.5,
      `has ${counts.exploited} flaws that are exploited${loaded(inUse)}`,
      inUse || idle,
    ];
  }
  if (counts.critical > 0) {
    const inUse = used(({ severity }) => severity === "critical");
    return [inUse ? 2.5 : idle ? 1.5 : 2, `has ${counts.critical} critical flaws${loaded(inUse)}`, inUse || idle];
  }
  if (counts.high > 0) {
    const inUse = used(({ severity }) => severity === "high");
    return [inUse ? 1.75 : idle ? 1.2 : 1.5, `has ${counts.high} high flaws${loaded(inUse)}`, inUse || idle];
  }
  return [none, "has no grave flaw that is known", true];
}

/** What is known against the images of a workload; the worst of them counts. */
export function vulnerable(workload: Workload, view: View): Factor {
  let worst: Factor | undefined;
  const take = (next: Factor): void => {
    if (worst === undefined || next.times > worst.times || (next.times === worst.times && !next.known)) worst = next;
  };
  for (const { container } of workload.containers) {
    const image = container.image ?? "";
    if (image === "") continue;
    const report = view.derive(reportOf, image);
    if (report === undefined) {
      take(unknownFactor("vulnerable", `nobody has looked into image ${image}`));
      continue;
    }
    const [times, says, known] = weigh(report);
    const through: readonly ObjectRef[] = [refOf(report)];
    take({ name: "vulnerable", times, because: `image ${image} ${says}`, through, known });
  }
  return worst ?? factor("vulnerable", none, "it names no image");
}
