/**
 * What was started does not outlive the measurement: the cleanup runs once, when it is called or when the measurement is
 * interrupted, its terminal closed or its reader gone.
 */
export function cleanup(clean: () => Promise<void>): () => Promise<void> {
  let under: Promise<void> | undefined;
  const once = (): Promise<void> => {
    under ??= clean();
    return under;
  };
  for (const [name, number] of [
    ["SIGHUP", 1],
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const)
    process.once(name, () => void once().finally(() => process.exit(128 + number)));
  process.stdout.once("error", () => void once().finally(() => process.exit(1)));
  return once;
}
