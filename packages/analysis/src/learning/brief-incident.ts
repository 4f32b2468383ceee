import { type BriefFacts, type BriefLine, type BriefRole, listed } from "./brief-page.ts";
import { type Exercise, exercises } from "./exercises.ts";
import { type Incident, incidents } from "./incidents.ts";

const week = 7 * 24 * 3_600_000;

/** Those whose controls fail here first; else another one each week. */
function incidentFor({ posture, now }: BriefFacts): { incident: Incident; open: readonly string[] } {
  const failing = new Set(posture?.controls ?? []);
  const scored = incidents
    .map((incident) => ({ incident, open: incident.controls.filter((id) => failing.has(id)) }))
    .toSorted((a, b) => b.open.length - a.open.length);
  const [worst] = scored;
  if (worst !== undefined && worst.open.length > 0) return worst;
  const incident = incidents[Math.floor(now / week) % incidents.length] ?? incidents[0];
  if (incident === undefined) throw new Error("there is no incident to tell of");
  return { incident, open: [] };
}

/** What others were broken into by, and what stands against it here. */
export function others(facts: BriefFacts): BriefLine[] {
  const { incident, open } = incidentFor(facts);
  const { name, year, says, stands, controls, source } = incident;
  const holding = new Set(facts.posture?.holding ?? []);
  const standing = controls.filter((id) => holding.has(id));
  const unseen = controls.filter((id) => !holding.has(id) && !open.includes(id));
  return [
    { text: `${name} (${year}). ${says}`, run: source },
    { text: stands },
    ...(facts.posture === undefined
      ? [{ text: `Against it stand ${listed(controls, 6)}; whether they hold here was not looked at.` }]
      : [
          {
            text: `Of the controls against it ${standing.length === 0 ? "none is known to hold" : `${listed(standing, 6)} ${standing.length === 1 ? "holds" : "hold"}`} here.`,
          },
          ...open.map((id) => ({ text: `${id} does not hold.`, run: `bulkhead posture list --control ${id}` })),
          ...(unseen.length === 0
            ? []
            : [{ text: `Of ${listed(unseen, 6)} it is not known.`, run: "bulkhead posture" }]),
        ]),
  ];
}

function exerciseFor(facts: BriefFacts, role: BriefRole): Exercise {
  const { incident } = incidentFor(facts);
  const fitting = exercises.find(({ id, roles }) => id === incident.exercise && roles.includes(role));
  const own = exercises.filter(({ roles }) => roles.includes(role));
  const exercise = fitting ?? own[Math.floor(facts.now / week) % own.length];
  if (exercise === undefined) throw new Error(`there is no exercise for ${role}`);
  return exercise;
}

/** An exercise that fits it, for a role. */
export function learn(facts: BriefFacts, role: BriefRole): BriefLine[] {
  const { title, learns, steps } = exerciseFor(facts, role);
  return [
    { text: `${title}: ${learns}.` },
    ...steps.map(({ run, see }) => ({ text: `You see ${see}.`, run: run.replaceAll("NS", "exercise") })),
  ];
}
