import { readdirSync, statSync } from "node:fs";
import { textOf } from "../doctor/probe/kernel.ts";
import { type BlockReader, deviceNumber } from "./disks.ts";

const numbered = (path: string, which: "dev" | "rdev"): string | undefined => {
  try {
    return deviceNumber(statSync(path)[which]);
  } catch {
    return undefined;
  }
};

/** The machine's own devices. */
export const blockReader: BlockReader = {
  text: textOf,
  names: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  deviceOf: (path) => numbered(path, "dev"),
  numberOf: (device) => numbered(device, "rdev"),
};
