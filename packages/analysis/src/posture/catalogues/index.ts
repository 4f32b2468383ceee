import type { FrameworkId } from "../frameworks.ts";
import { attack } from "./attack.ts";
import { cis } from "./cis.ts";
import { nist } from "./nist.ts";
import { nsa } from "./nsa.ts";
import { owasp } from "./owasp.ts";
import { pci } from "./pci.ts";
import { pss } from "./pss.ts";
import type { Catalogue } from "./requirement.ts";

/** What each framework asks for. */
export const catalogues: Readonly<Record<FrameworkId, Catalogue>> = { pss, nsa, cis, attack, owasp, nist, pci };
