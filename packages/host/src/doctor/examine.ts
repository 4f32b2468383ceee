import type { MachineFacts } from "./facts.ts";
import { byGravity, type Finding } from "./finding.ts";
import { judgeKernel } from "./judge-kernel.ts";
import { judgeMachine } from "./judge-machine.ts";
import { judgeNeighbours } from "./judge-neighbours.ts";
import { judgeParts } from "./judge-parts.ts";

/** What the machine has and lacks and what follows, the gravest first. Pure: all it knows is in the facts. */
export const examine = (facts: MachineFacts): Finding[] =>
  byGravity([
    ...judgeParts(facts.parts, facts.securityOffers),
    ...judgeKernel(facts),
    ...judgeMachine(facts),
    ...judgeNeighbours(facts),
  ]);
