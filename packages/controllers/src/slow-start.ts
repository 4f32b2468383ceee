/**
 * Does the same thing `count` times in batches of 1, 2, 4 …; a batch in which one fails is the last. So a quota that
 * refuses all is asked a few times instead of five hundred. Answers the first failure.
 */
export async function slowStart(count: number, one: () => Promise<void>): Promise<unknown> {
  let left = count;
  for (let batch = Math.min(1, left); batch > 0; batch = Math.min(batch * 2, left)) {
    const results = await Promise.allSettled(Array.from({ length: batch }, one));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) return failed.reason;
    left -= batch;
  }
  return undefined;
}
