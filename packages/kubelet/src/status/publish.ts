import { type Log, type Pod, type PodStatus, StatusError } from "@bulkhead/api";
import { type Client, resources } from "@bulkhead/client";
import { podName } from "../pod/model.ts";
import { statusPatch } from "./status-patch.ts";

/** Brings one pod's status to the API: the last one wins, one request at a time, again after a failure. */
export interface StatusPublisher {
  /** `pod` is the newest that is known; the difference to it is what is sent. */
  publish(pod: Pod, status: PodStatus): void;
  /** Resolves when the last published status is in the API, or the pod is not. */
  flush(): Promise<void>;
  close(): void;
}

export interface PublisherOptions {
  readonly client: Client;
  readonly log: Log;
  /** The pod as the API answered it after a write. */
  readonly written: (pod: Pod) => void;
}

const firstWait = 500;
const longestWait = 30_000;

export function createStatusPublisher(options: PublisherOptions): StatusPublisher {
  const { client, log, written } = options;
  let wanted: { readonly pod: Pod; readonly status: PodStatus } | undefined;
  let sending: Promise<void> | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function sendOnce({ pod, status }: { readonly pod: Pod; readonly status: PodStatus }): Promise<void> {
    const patch = statusPatch(pod, status);
    if (patch === undefined) return;
    const name = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" };
    try {
      const answer = await client.patch(resources.pods, name, "strategic", patch, { subresource: "status" });
      failures = 0;
      written(answer);
    } catch (error) {
      // The pod is gone, or another one has its name: nobody wants this status any more.
      if (error instanceof StatusError && (error.reason === "NotFound" || error.reason === "Conflict")) return;
      throw error;
    }
  }

  function send(): Promise<void> {
    sending ??= (async () => {
      try {
        while (wanted !== undefined && !closed) {
          const current = wanted;
          await sendOnce(current);
          if (wanted === current) wanted = undefined;
        }
      } finally {
        sending = undefined;
      }
    })();
    return sending;
  }

  function later(error: unknown, pod: Pod): void {
    const wait = Math.min(firstWait * 2 ** failures++, longestWait);
    log.warn({ pod: podName(pod), error: String(error), milliseconds: wait }, "pod status not written: trying again");
    clearTimeout(timer);
    timer = setTimeout(() => {
      send().catch((again: unknown) => later(again, pod));
    }, wait);
    timer.unref();
  }

  return {
    publish: (pod, status) => {
      if (closed) return;
      if (wanted === undefined && statusPatch(pod, status) === undefined) return;
      wanted = { pod, status };
      if (failures === 0) send().catch((error: unknown) => later(error, pod));
    },
    flush: () => send(),
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
