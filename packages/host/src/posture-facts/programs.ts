import { readdirSync, readlinkSync } from "node:fs";
import { runningPrograms } from "../doctor/probe/neighbours.ts";

/** Programs by the inodes of their sockets; only of processes that the caller may look into. */
export function programsByInode(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { pid, name } of runningPrograms()) {
    const folder = `/proc/${pid}/fd`;
    for (const descriptor of openIn(folder)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${descriptor}`))?.[1];
      if (inode !== undefined) found.set(inode, name);
    }
  }
  return found;
}

const openIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
};
