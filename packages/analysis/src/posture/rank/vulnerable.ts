import type { ImageReport } from "@bulkhead/api";
import { imagesIn, reportsOfImage } from "../../deciders/image-content.ts";
import type { Derivation, View } from "../../snapshot/view.ts";
import { refOf, type Workload } from "../workload.ts";
import { type Factor, factor, sameFactors, unknownFactor } from "./factor.ts";

const none = 1;

/** What is known against one image. */
function weigh(report: ImageReport): readonly [times: number, says: string, known: boolean] {
  const { counts, worst, sources } = report.report;
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
  if (sources.length === 0) return [1.5, "was held against no advisories", false];
  return [none, "has no grave flaw that is known", true];
}

/** The graver of two; among equals the one of which less is known. */
const worse = (a: Factor | undefined, b: Factor): Factor =>
  a === undefined || b.times > a.times || (b.times === a.times && a.known && !b.known) ? b : a;

/** What is known against an image (the key: its `reports`), once for all workloads that run it. */
const imageFactor: Derivation<Factor> = {
  name: "image-factor",
  compute: (view, key) => {
    const image = key.slice(key.indexOf("\n") + 1);
    const reports = reportsOfImage(view, key);
    if (reports.length === 0) return unknownFactor("vulnerable", `nobody has looked into image ${image}`);
    return reports
      .map((report): Factor => {
        const [times, says, known] = weigh(report);
        return { name: "vulnerable", times, because: `image ${image} ${says}`, through: [refOf(report)], known };
      })
      .reduce(worse);
  },
  same: (a, b) => sameFactors([a], [b]),
};

/** What is known against the images of a workload; the worst of them counts. */
export const vulnerable = (workload: Workload, view: View): Factor =>
  imagesIn(workload)
    .map(({ reports }) => view.derive(imageFactor, reports))
    .reduce<Factor | undefined>(worse, undefined) ?? factor("vulnerable", none, "it names no image");
