import { type ImageReport, imageReportName, securityGroup } from "@bulkhead/api";
import { type ImageFacts, reportedFacts } from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";

/** What is known of an image's content, for a namespace; undefined: nobody has reported it. */
export type KnownImages = (digest: string, namespace: string) => Pick<ImageFacts, "scan" | "ranBefore"> | undefined;

/** Reads ImageReports. */
export const knownImages =
  (store: Pick<Store, "get">): KnownImages =>
  (digest, namespace) => {
    const name = imageReportName(digest);
    const stored = store.get({ group: securityGroup, resource: "imagereports", namespace: "", name });
    return stored === undefined ? undefined : reportedFacts(peek<ImageReport>(stored), namespace);
  };
