import type { KubeObject } from "@bulkhead/api";
import { kindKeyOf } from "../../snapshot/kinds.ts";
import { ObjectSet, type UnreadKind } from "../../snapshot/object-set.ts";
import type { Settings } from "../../snapshot/view.ts";
import type { Control } from "../control.ts";
import { Evaluation, type Finding } from "../evaluate.ts";

/**
 * A fixture: manifests that are all there is, with comments that say what to expect of them.
 *   # expect: CONTROL KIND NAMESPACE/NAME FIELD      (a name alone for cluster-scoped objects)
 *   # unknown: CONTROL KIND NAMESPACE/NAME
 *   # unread: KIND why
 *   # defaults: kubernetes
 *   # now: 2026-11-21T00:00:00Z
 */
export interface Fixture {
  readonly objects: readonly KubeObject[];
  readonly expected: readonly string[];
  readonly unknown: readonly string[];
  readonly unread: readonly UnreadKind[];
  readonly settings: Settings;
  readonly now: number;
}

const said = (text: string, word: string): string[] =>
  [...text.matchAll(new RegExp(`^# ${word}: +(.+)$`, "gm"))].map((match) => match[1]?.trim() ?? "");

/** A fixture of a file's text and the objects that somebody has decoded from it. */
export function fixtureOf(text: string, objects: readonly KubeObject[]): Fixture {
  const defaults = said(text, "defaults")[0] === "kubernetes" ? "kubernetes" : "bulkhead";
  return {
    objects,
    expected: said(text, "expect"),
    unknown: said(text, "unknown"),
    unread: said(text, "unread").map((line) => {
      const [kind = "", ...why] = line.split(" ");
      return { kind, why: why.join(" ") };
    }),
    settings: {
      defaults,
      podSecurityDefault: defaults === "kubernetes" ? "privileged" : "restricted",
      network: { nodeIps: [], closed: [] },
    },
    now: Date.parse(said(text, "now")[0] ?? "2026-11-21T00:00:00Z"),
  };
}

export const evaluateFixture = (fixture: Fixture, controls: readonly Control[]): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(fixture.objects, fixture.unread),
    controls,
    settings: fixture.settings,
    now: fixture.now,
  });

const placeOf = ({ object }: Finding): string =>
  `${kindKeyOf(object)} ${object.namespace === undefined ? "" : `${object.namespace}/`}${object.name}`;

/** A finding as a fixture's `expect` or `unknown` line writes it. */
export const written = (finding: Finding): string =>
  [finding.control.id, placeOf(finding), ...(finding.breach === undefined ? [] : [finding.breach.field])].join(" ");
