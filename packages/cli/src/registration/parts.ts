import type { Command } from "commander";
import { registerAdvisories } from "./advisories.ts";
import { registerAllow } from "./allow.ts";
import { registerAudit } from "./audit.ts";
import { registerBackup } from "./backup.ts";
import { registerBrief } from "./brief.ts";
import { registerCheck } from "./check.ts";
import { registerCompliance } from "./compliance.ts";
import { registerCredentials } from "./credentials.ts";
import { registerCurrent } from "./current.ts";
import { registerDemo } from "./demo.ts";
import { registerDoctor } from "./doctor.ts";
import { registerExplain } from "./explain.ts";
import { registerImage } from "./image.ts";
import { registerInstall } from "./install.ts";
import { registerLifecycle } from "./lifecycle.ts";
import { registerPosture } from "./posture.ts";
import { registerRegistry } from "./registry.ts";
import { registerUpdate } from "./update.ts";
import { registerWhy } from "./why.ts";

/** A part of the command line: the words that it answers to, and what registers their commands. */
export interface Part {
  readonly words: readonly string[];
  readonly register: (program: Command) => void;
}

/** In the order of the help. A call registers the part that it means; the help, and a word that is none, all. */
export const parts: readonly Part[] = [
  {
    words: ["up", "down", "status", "reset"],
    register: registerLifecycle,
  },
  { words: ["kubeconfig", "token"], register: registerCredentials },
  { words: ["demo"], register: registerDemo },
  { words: ["why"], register: registerWhy },
  { words: ["check"], register: registerCheck },
  { words: ["posture"], register: registerPosture },
  { words: ["compliance"], register: registerCompliance },
  { words: ["explain"], register: registerExplain },
  { words: ["brief"], register: registerBrief },
  { words: ["allow"], register: registerAllow },
  { words: ["audit"], register: registerAudit },
  { words: ["backup"], register: registerBackup },
  { words: ["image"], register: registerImage },
  { words: ["registry"], register: registerRegistry },
  { words: ["advisories"], register: registerAdvisories },
  { words: ["update"], register: registerUpdate },
  { words: ["current"], register: registerCurrent },
  { words: ["doctor"], register: registerDoctor },
  { words: ["install", "uninstall"], register: registerInstall },
];

/** The parts that a call with this first word takes: to register all costs it a tenth of its start. */
export function partsFor(word: string | undefined): readonly Part[] {
  const meant = parts.filter(({ words }) => word !== undefined && words.includes(word));
  return meant.length > 0 ? meant : parts;
}
