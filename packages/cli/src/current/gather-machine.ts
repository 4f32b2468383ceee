import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AskedRelease,
  bulkheadSubject,
  certificateItems,
  dependencySubjects,
  keyItems,
  nodeSubject,
  partProgramSubjects,
  partSubjects,
  type Shipped,
  systemSubjects,
  type Unseen,
} from "@bulkhead/analysis";
import type { Gathered } from "@bulkhead/controllers";
import { type InstancePaths, lookForInventory, type MachineInventory } from "@bulkhead/host";
import { shippedFile } from "../instance/programs.ts";
import { rememberedRelease } from "../release/followed.ts";
import { scanPartPrograms } from "./part-programs.ts";

/** What the build of the instance's programs wrote down, else that of this command. */
async function readShipped(
  paths: InstancePaths,
): Promise<{ readonly shipped: Shipped; readonly file: string } | undefined> {
  const folders = [paths.programs, process.env["BULKHEAD_DISTRIBUTION"]].filter((each) => each !== undefined);
  for (const folder of folders) {
    const file = join(folder, shippedFile);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return { shipped: JSON.parse(text) as Shipped, file };
  }
  return undefined;
}

/** What is signed anew before it ends: everything below pki but the authorities. */
const isRenewed = ({ authority }: { readonly authority: boolean }): boolean => !authority;

/**
 * All of an instance that its machine can say. `askNewest` looks Bulkhead's newest release up, given the one here; absent: as
 * it was when it was last looked up.
 */
export async function gatherMachine(
  paths: InstancePaths,
  now: number,
  askNewest: (here: string) => Promise<AskedRelease | undefined> = (here) => rememberedRelease(paths, here),
): Promise<Gathered> {
  const [machine, built, programs] = await Promise.all([
    lookForInventory(paths, now),
    readShipped(paths),
    scanPartPrograms(paths),
  ]);
  const release = built === undefined ? undefined : await askNewest(built.shipped.version);
  return {
    subjects: [
      ...(built === undefined
        ? []
        : [bulkheadSubject(built.shipped.version, built.file, release), ...dependencySubjects(built.shipped)]),
      nodeSubject(machine.node),
      ...partSubjects(machine.parts ?? []),
      ...partProgramSubjects(machine.parts ?? [], programs?.packages ?? []),
      ...systemSubjects(machine),
    ],
    others: [...certificatesOf(machine, now), ...keysOf(machine, now)],
    unseen: unseenOf(machine, built !== undefined),
    ...(programs?.goFunctions === undefined ? {} : { goFunctions: programs.goFunctions }),
  };
}

/** A certificate that lies in several folders is one; an authority's own place goes before its copies. */
const certificatesOf = ({ credentials }: MachineInventory, now: number) =>
  certificateItems(
    [...Map.groupBy(credentials.certificates, ({ fingerprint }) => fingerprint).values()].flatMap((copies) => {
      const first = copies.find(({ name }) => name.startsWith("ca/")) ?? copies[0];
      return first === undefined
        ? []
        : [{ ...first, origin: copies.map(({ path }) => path).join(", "), renewed: isRenewed(first) }];
    }),
    now,
  );

const keysOf = ({ credentials }: MachineInventory, now: number) =>
  keyItems(
    credentials.keys
      // What has a certificate is as old as that.
      .filter(({ certified }) => !certified)
      .map(({ name, path, written }) => ({
        name,
        origin: path,
        since: written,
        renewed: false,
        remedy: "there is no command yet that changes it while the instance runs; keep its file and its backups close",
      })),
    now,
  );

function unseenOf({ credentials, parts, packages }: MachineInventory, built: boolean): Unseen[] {
  return [
    ...(built
      ? []
      : [{ what: "Bulkhead's own packages", why: "the programs were built without their list; build anew" }]),
    ...(parts === undefined ? [{ what: "parts", why: "there is no whole parts folder yet" }] : []),
    ...(packages === undefined ? [{ what: "system packages", why: "this machine has no dpkg" }] : []),
    ...(credentials.unread.length === 0
      ? []
      : [
          {
            what: "certificates and keys",
            why: `could not be read: ${credentials.unread.slice(0, 3).join(", ")}; ask as root`,
          },
        ]),
  ];
}
