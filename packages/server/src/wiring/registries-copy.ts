import { readFileSync, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import { fileMark, type InstancePaths, writeDurably } from "@bulkhead/host";
import {
  formatRegistries,
  noRegistries,
  parseRegistries,
  type RegistriesFile,
  RegistriesFileError,
} from "@bulkhead/images";
import { mirrorCredentialsFile } from "../prepare/mirror-credentials.ts";

/** What every program goes by: the file of registries as it was when it could last be read whole. */
const registriesCopy = (paths: InstancePaths): string => join(paths.run, "registries.json");

const ifThere = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT") return undefined;
  throw error;
};

async function lastGood(paths: InstancePaths): Promise<RegistriesFile> {
  const text = await readFile(registriesCopy(paths), "utf8").catch(ifThere);
  try {
    return text === undefined ? noRegistries : parseRegistries(text);
  } catch (error) {
    if (error instanceof RegistriesFileError) return noRegistries;
    throw error;
  }
}

/**
 * Takes root's file over for all programs and gives what holds from now on. A file that cannot be read changes nothing:
 * what held before holds, and `fault` says why.
 */
export async function publishRegistries(
  paths: InstancePaths,
): Promise<{ readonly file: RegistriesFile; readonly fault?: RegistriesFileError }> {
  const text = await readFile(paths.registries, "utf8").catch(ifThere);
  try {
    const file = text === undefined ? noRegistries : parseRegistries(text);
    const copy = formatRegistries(file);
    if ((await readFile(registriesCopy(paths), "utf8").catch(ifThere)) !== copy)
      await writeDurably(registriesCopy(paths), copy, 0o644);
    return { file };
  } catch (error) {
    if (!(error instanceof RegistriesFileError)) throw error;
    return { file: await lastGood(paths), fault: error };
  }
}

/**
 * Takes the file over now and whenever it, the mirrors' credentials or the node's policy changed (looked at every second), one after the other. What
 * fails is told.
 */
export function keepRegistriesPublished(
  paths: InstancePaths,
  log: Log,
  taken: (file: RegistriesFile) => Promise<void>,
): void {
  let turn = Promise.resolve();
  const next = (): void => {
    turn = turn.then(async () => {
      try {
        const { file, fault } = await publishRegistries(paths);
        if (fault !== undefined)
          log.error(
            { file: paths.registries, why: fault.message },
            "registries are reached as before: the file of them is wrong",
          );
        await taken(file);
      } catch (error) {
        log.error({ error: String(error) }, "the file of registries could not be taken over");
      }
    });
  };
  for (const file of [paths.registries, paths.nodePolicy, mirrorCredentialsFile(paths)])
    watchFile(file, { interval: 1000, persistent: false }, next);
  next();
}

/** How registries are reached now, for a program that asks them; `mark` is another whenever that changed. */
export interface RegistriesView {
  now(): { readonly file: RegistriesFile; readonly mark: string };
}

/** Reads the copy, anew when it changed: one look at the file's time a question. */
export function followRegistries(paths: InstancePaths): RegistriesView {
  const path = registriesCopy(paths);
  let known = { file: noRegistries, mark: "" };
  return {
    now: () => {
      const mark = fileMark(path) ?? "";
      if (mark !== known.mark) known = { file: mark === "" ? noRegistries : read(path, known.file), mark };
      return known;
    },
  };
}

function read(path: string, before: RegistriesFile): RegistriesFile {
  try {
    return parseRegistries(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof RegistriesFileError) return before;
    throw error;
  }
}
