import type { Log } from "@bulkhead/api";
import { CommandError, type Run } from "../process/command.ts";
import type { ServicePort } from "./service-ports.ts";

/** Translations the kernel may still remember although the backend is gone. */
export interface StaleBackend {
  /** Where clients sent to. */
  readonly port: number;
  readonly address: string;
}

const backendsOf = (port: ServicePort): Set<string> =>
  new Set([...port.internal, ...port.external].map((b) => b.address));
const keyOf = (port: ServicePort): string => `${port.namespace}/${port.name} ${port.portName} ${port.port}`;

/**
 * UDP backends that `after` no longer has. A UDP client never closes: without this it would be sent to the dead address
 * for as long as it keeps asking. TCP clients notice by themselves.
 */
export function staleBackends(before: readonly ServicePort[], after: readonly ServicePort[]): StaleBackend[] {
  const current = new Map(after.filter((p) => p.protocol === "UDP").map((p) => [keyOf(p), backendsOf(p)]));
  return before
    .filter((p) => p.protocol === "UDP")
    .flatMap((p) => {
      const left = current.get(keyOf(p));
      const gone = [...backendsOf(p)].filter((address) => !left?.has(address));
      const ports = p.nodePort === undefined ? [p.port] : [p.port, p.nodePort];
      return gone.flatMap((address) => ports.map((port) => ({ port, address })));
    });
}

/** Makes the kernel forget them; conntrack ends with 1 when there was nothing to forget. */
export async function dropStaleConnections(
  stale: readonly StaleBackend[],
  netns: string,
  run: Run,
  log: Log,
): Promise<void> {
  for (const { port, address } of stale) {
    const what = ["-p", "udp", "--orig-port-dst", String(port), "--reply-src", address];
    try {
      await run("nsenter", [`--net=${netns}`, "--", "conntrack", "-D", ...what]);
    } catch (error) {
      if (error instanceof CommandError && error.exitCode === 1) continue;
      log.warn(
        { address, port, error: String(error) },
        "UDP connections to a backend that is gone could not be dropped",
      );
    }
  }
}
