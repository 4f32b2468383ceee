/** What a revision of a part asks of another part. */
export interface PartNeed {
  readonly part: string;
  /** The oldest revision that will do. */
  readonly atLeast: string;
}

/**
 * What a package's control file asks of other parts: `Depends: runc (>= 1.2)`, and `Breaks: runc (<< 1.2)`, which comes to
 * the same. Relations with alternatives ask for nothing in particular.
 */
export function readNeeds(control: string, parts: readonly string[]): PartNeed[] {
  const unfolded = control.replaceAll(/\n[ \t]+/g, " ");
  const relations = (field: string, relation: string): PartNeed[] =>
    (new RegExp(`^${field}: (.*)$`, "m").exec(unfolded)?.[1] ?? "").split(",").flatMap((each) => {
      const [, part = "", sign, atLeast = ""] =
        /^\s*([a-z0-9][a-z0-9.+-]+)\s*\(\s*(\S+)\s+(\S+?)\s*\)\s*$/.exec(each) ?? [];
      return parts.includes(part) && relation.split(" ").includes(sign ?? "") ? [{ part, atLeast }] : [];
    });
  return [...relations("Pre-Depends", ">= = >>"), ...relations("Depends", ">= = >>"), ...relations("Breaks", "<<")];
}
