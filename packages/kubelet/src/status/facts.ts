import type { Pod } from "@bulkhead/api";
import type { PodMemory } from "../plan/steps.ts";
import type { PodRuntime } from "../pod/model.ts";

/** Why a container that should run does not (yet). */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
  /** When it failed, milliseconds. */
  readonly since: number;
}

export interface StatusFacts {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly memory: PodMemory;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** What a container left as its last words, by container id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  readonly hostIps: readonly string[];
  readonly now: number;
}

/** RFC 3339 with seconds, as Kubernetes writes times. */
export const rfc3339 = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
