import type { RuntimeContainer } from "../pod/model.ts";

/** Seconds of grace where nothing says otherwise. */
export const defaultGrace = 30;

/** Whether a container may still have processes. */
export const alive = (container: RuntimeContainer): boolean =>
  container.phase === "running" || container.phase === "unknown";
