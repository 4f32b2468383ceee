import { join } from "node:path";
import type { PartFacts, SystemPackageFacts } from "@bulkhead/api";
import { knownEscapes } from "../doctor/escapes.ts";
import { hasEscape } from "../doctor/judge-parts.ts";
import { probeKernel } from "../doctor/probe/kernel.ts";
import { compareDebianVersions } from "../doctor/versions.ts";
import type { InstancePaths } from "../instance.ts";
import { readParts } from "../parts/install-parts.ts";
import { partPackages } from "../parts/part-list.ts";
import { type InstanceCredentials, instanceCredentials } from "./credentials.ts";
import { currencyFolder, type PartOffers, readOffers } from "./part-offers.ts";
import { rememberedPackages } from "./remembered-packages.ts";
import { indexesRead, type MachineDistribution, machineDistribution } from "./system-packages.ts";

/** A part, with where its files are. */
export interface PartInventory extends PartFacts {
  /** Its files, as paths inside the parts folder. */
  readonly files: readonly string[];
}

/** What only the machine can say of what could grow old. */
export interface MachineInventory {
  /** RFC 3339. */
  readonly lookedAt: string;
  readonly node: { readonly version: string; readonly path: string };
  readonly kernel: { readonly release: string; readonly installed?: string; readonly package?: SystemPackageFacts };
  readonly distribution?: MachineDistribution;
  /** Undefined: there are none whole. */
  readonly parts?: readonly PartInventory[];
  /** Undefined: this machine has no dpkg. */
  readonly packages?: readonly SystemPackageFacts[];
  /** RFC 3339. */
  readonly indexesRead?: string;
  readonly credentials: InstanceCredentials;
}

/** Looks; changes nothing, asks no network. What the suites offered of the parts when they were last asked is remembered. */
export async function lookForInventory(paths: InstancePaths, now: number): Promise<MachineInventory> {
  const { release, installed } = probeKernel();
  const [parts, offers, { packages, kernel }, distribution, read, credentials] = await Promise.all([
    readParts(paths.parts),
    readOffers(paths),
    rememberedPackages(join(currencyFolder(paths), "packages.json"), release, now),
    machineDistribution(),
    indexesRead(),
    instanceCredentials(paths),
  ]);
  return {
    lookedAt: new Date(now).toISOString(),
    node: { version: process.versions.node, path: join(paths.programs, "node") },
    kernel: {
      release,
      ...(installed === undefined ? {} : { installed }),
      ...(kernel === undefined ? {} : { package: kernel }),
    },
    ...(distribution === undefined ? {} : { distribution }),
    ...(parts === undefined
      ? {}
      : { parts: parts.parts.map((part) => partInventory(part, join(paths.parts, "parts.json"), offers)) }),
    ...(packages === undefined ? {} : { packages }),
    ...(read === undefined ? {} : { indexesRead: new Date(read).toISOString() }),
    credentials,
  };
}

type Part = NonNullable<Awaited<ReturnType<typeof readParts>>>["parts"][number];

function partInventory(part: Part, origin: string, offers: PartOffers | undefined): PartInventory {
  const { name, version, suite, changelogNames } = part;
  const offer = offers?.offers.find((each) => each.name === name);
  return {
    name,
    version,
    suite,
    changelogNames,
    origin,
    files: Object.values(partPackages.find((row) => row.name === name)?.files ?? {}),
    escapes: knownEscapes
      .filter((escape) => escape.part === name && hasEscape(part, escape))
      .map(({ cve, lets, kind, affected }) => ({
        id: cve,
        lets,
        grave: kind === "escape",
        fixed: affected.map(([, fixed]) => fixed).join(" or "),
      })),
    ...(offer === undefined || offers === undefined
      ? {}
      : {
          offer: {
            version: offer.version,
            suite: offer.suite,
            asked: offers.asked,
            newer: compareDebianVersions(offer.version, version) > 0,
          },
        }),
  };
}
