/** A mount of a process, as `/proc/PID/mountinfo` tells it. */
interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: string;
}

/** What of a container's files is its image's. */
export interface ContainerMounts {
  /** Where what was written over the image lies on the host; undefined: its root is no overlay of ours, and nobody can tell. */
  readonly upper: string | undefined;
  /** Where the layers of its image lie on the host; undefined: that cannot be told. */
  readonly lower: readonly string[] | undefined;
  /** Mount points other than the root, longest first. */
  readonly points: readonly string[];
}

const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

function* mountsIn(text: string): Generator<Mount> {
  for (const line of text.split("\n")) {
    const parts = line.split(" ");
    const dash = parts.indexOf("-", 6);
    const [point, type, options] = [parts[4], parts[dash + 1], parts[dash + 3]];
    if (dash > 0 && point !== undefined && type !== undefined && options !== undefined)
      yield { point: unescaped(point), type, options };
  }
}

/** A plain path below a folder: nothing in it leads up again. */
const liesBelow = (path: string, folder: string): boolean =>
  path.startsWith(`${folder}/`) && !path.split("/").some((part) => part === ".." || part === ".");

/** `lowerdir=A:B`, or `lowerdir+=A,lowerdir+=B` where the runtime mounted step by step. */
const layersOf = (options: string): string[] =>
  [...options.matchAll(/(?:^|,)lowerdir\+?=((?:\\,|[^,])+)/g)].flatMap(([, found = ""]) => unescaped(found).split(":"));

/**
 * Reads `/proc/PID/mountinfo` of a process in a container. Whoever may mount in there writes into it what it likes: a layer that
 * does not lie below `layers`, the runtime's own folder, is none.
 */
export function containerMounts(mountinfo: string, layers: string): ContainerMounts {
  let upper: string | undefined;
  let lower: readonly string[] | undefined;
  const points: string[] = [];
  for (const { point, type, options } of mountsIn(mountinfo)) {
    if (point !== "/") points.push(point);
    else {
      const found = /(?:^|,)upperdir=((?:\\,|[^,])+)/.exec(options)?.[1];
      const path = type === "overlay" && found !== undefined ? unescaped(found) : "";
      upper = liesBelow(path, layers) ? path : undefined;
      const below = layersOf(options);
      lower =
        upper !== undefined && below.every((each) => liesBelow(each, layers)) && below.length > 0 ? below : undefined;
    }
  }
  return { upper, lower, points: points.sort((a, b) => b.length - a.length) };
}

/** The mount, other than the root, that a path lies on. */
export const mountOf = ({ points }: ContainerMounts, path: string): string | undefined =>
  points.find((point) => path === point || path.startsWith(`${point}/`));
