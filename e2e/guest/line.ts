/** What the guest tells the host, one JSON line each on its second serial port. */
export type Line =
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "test"; readonly name: string; readonly ok: boolean; readonly why?: string }
  /** A ConfigMap whose creation the API has acknowledged: the number'th of its writer. */
  | { readonly kind: "acknowledged"; readonly writer: number; readonly number: number }
  | { readonly kind: "done"; readonly stage: Stage };

/** A boot of the guest and what is asked of it. */
export type Stage = "first" | "reboot" | "power-cut";

/** Undefined for what is no line of ours: a machine that loses its power may have begun one. */
export function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** `0:120,1:118`: each writer's last acknowledged number, as the kernel's command line carries it. */
export const formatAcknowledged = (last: ReadonlyMap<number, number>): string =>
  [...last].map(([writer, number]) => `${writer}:${number}`).join(",");

export const parseAcknowledged = (text: string): Map<number, number> =>
  new Map(
    text
      .split(",")
      .filter((part) => part !== "")
      .map((part) => part.split(":").map(Number) as [number, number]),
  );
