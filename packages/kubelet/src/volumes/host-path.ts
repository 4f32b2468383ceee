import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { ConfigError } from "../config/config-error.ts";
import { openBelow } from "./descriptor-path.ts";

const pathOnly = 0o10000000;

type Kind = "folder" | "file" | "socket" | "character device" | "block device" | "other";

async function kindOf(handle: FileHandle): Promise<Kind> {
  const stat = await handle.stat();
  if (stat.isDirectory()) return "folder";
  if (stat.isFile()) return "file";
  if (stat.isSocket()) return "socket";
  if (stat.isCharacterDevice()) return "character device";
  return stat.isBlockDevice() ? "block device" : "other";
}

const wantedKind: Readonly<Record<string, Kind | undefined>> = {
  "": undefined,
  Directory: "folder",
  DirectoryOrCreate: "folder",
  File: "file",
  FileOrCreate: "file",
  Socket: "socket",
  CharDevice: "character device",
  BlockDevice: "block device",
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/**
 * Opens a path of the host for a hostPath volume, and checks or makes what its type says. The path must not lead
 * through a link: what the deciders allowed is what is mounted. The caller closes the descriptor.
 */
export async function openHostPath(path: string, type: string): Promise<FileHandle> {
  if (!path.startsWith("/") || path.split("/").includes("..")) {
    throw new ConfigError("BadPath", `hostPath "${path}" must be absolute and without ".."`);
  }
  if (!(type in wantedKind)) throw new ConfigError("Unsupported", `hostPath type "${type}" is not known`);
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const plain = `/${parts.join("/")}`;
  const making = type === "DirectoryOrCreate" ? "folder" : type === "FileOrCreate" ? "file" : "nothing";
  const missing = await realpath(plain).then(
    (real) => {
      if (real === plain) return false;
      throw new ConfigError("BadPath", `hostPath "${path}" leads through a symbolic link to "${real}": name that path`);
    },
    (error: unknown) => {
      if (isMissing(error)) return true;
      throw error;
    },
  );
  // An empty type never looked at what is there; but what is not there cannot be mounted.
  if (missing && making === "nothing") throw new ConfigError("MissingObject", `hostPath "${path}" does not exist`);
  const handle =
    parts.length === 0
      ? await open("/", pathOnly | constants.O_DIRECTORY)
      : await openBelow("/", parts, { what: making, mode: making === "file" ? 0o644 : 0o755, uid: 0, gid: 0 });
  const kind = await kindOf(handle);
  const wanted = wantedKind[type];
  if (wanted === undefined || wanted === kind) return handle;
  await handle.close();
  throw new ConfigError("BadPath", `hostPath type check failed: ${path} is a ${kind}, not a ${wanted}`);
}
