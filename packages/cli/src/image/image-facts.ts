import { scanFacts } from "@bulkhead/images";
import type { ImageScan } from "@bulkhead/policy";
import type { ScanReport } from "./scan-report.ts";

/** A scan as the image decider reads it. */
export const imageScanOf = (report: ScanReport): ImageScan => scanFacts(report);
