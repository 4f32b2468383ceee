const every = 2000;
/** Share of the time that a process at rest is busy at most. */
const restful = 0.1;
const worthwhile = 4 * 1024 * 1024;
/** Of what lived after the last collection: looking through a large heap for little is work for nothing. */
const worthwhileShare = 0.1;
/** Beyond, a collection would be felt by whoever asks meanwhile. */
const largest = 256 * 1024 * 1024;

/**
 * Collects garbage while nobody waits: by itself V8 keeps what starting or a burst took until the next burst. Needs
 * --expose-gc; does nothing without.
 */
export function collectAtRest(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  const size = (): number => {
    const { heapTotal, external } = process.memoryUsage();
    return heapTotal + external;
  };
  let before = performance.eventLoopUtilization();
  let kept = 0;
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, before).utilization;
    before = now;
    const held = size();
    if (busy > restful || held - kept < Math.max(worthwhile, kept * worthwhileShare) || held > largest) return;
    gc({ type: "major", execution: "sync", flavor: "last-resort" });
    kept = size();
  };
  setInterval(look, every).unref();
}
