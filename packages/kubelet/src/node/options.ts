import type { Log } from "@bulkhead/api";
import type { Client, EventRecorder } from "@bulkhead/client";
import type { CriClient } from "../cri/client.ts";
import type { CriImage } from "../cri/schema.ts";
import type { Resources } from "./capacity.ts";

export interface NodeOptions {
  readonly client: Client;
  readonly cri: CriClient;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly nodeName: string;
  readonly root: string;
  readonly hostIps: readonly string[];
  readonly capacity: Resources;
  readonly allocatable: Resources;
  readonly port: number | undefined;
  readonly images: () => Promise<readonly CriImage[]>;
  readonly events: EventRecorder;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly podCidrs: readonly string[];
}
