/** What of /sys/dev/block and /proc is asked; "" or an empty list where there is nothing. */
export interface BlockReader {
  /** Text of a file. */
  text(path: string): string;
  /** Names in a folder. */
  names(path: string): readonly string[];
  /** `major:minor` of the file system that a path lies on; undefined where that is no block device. */
  deviceOf(path: string): string | undefined;
  /** `major:minor` of a device file. */
  numberOf(device: string): string | undefined;
}

/**
 * Whether a block device lies on dm-crypt, by itself or by all that it is made of; undefined: the device cannot be seen.
 * What a disk or a hypervisor encrypts by itself is seen by nobody from here.
 */
export function isEncrypted(device: string, reader: BlockReader, depth = 0): boolean | undefined {
  const folder = `/sys/dev/block/${device}`;
  if (reader.text(`${folder}/dev`).trim() !== device) return undefined;
  if (reader.text(`${folder}/dm/uuid`).startsWith("CRYPT-")) return true;
  const below = reader.names(`${folder}/slaves`);
  if (below.length === 0 || depth > 8) return false;
  const answers = below.map((name) =>
    isEncrypted(reader.text(`${folder}/slaves/${name}/dev`).trim(), reader, depth + 1),
  );
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

/** Whether what is swapped out is encrypted, of /proc/swaps; what is swapped into memory again is never on a disk. */
export function swapFrom(table: string, reader: BlockReader): boolean | "no swap" | undefined {
  const areas = table
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(([path = ""]) => path !== "" && !/^\/dev\/zram\d+$/.test(path));
  if (table === "") return undefined;
  if (areas.length === 0) return "no swap";
  const answers = areas.map(([path = "", type]) => {
    const device = type === "file" ? reader.deviceOf(path) : reader.numberOf(path);
    return device === undefined ? undefined : isEncrypted(device, reader);
  });
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

/** `major:minor` of a device number as stat(2) gives it. */
export const deviceNumber = (dev: number): string => {
  const low = dev % 2 ** 32;
  return `${(low >>> 8) & 0xfff}:${(low & 0xff) | ((low >>> 12) & 0xfff00)}`;
};
