/** @bulkhead/client: a thin typed client of any Kubernetes API, informers, workqueues and events. */
export type * from "./types.ts";
