/**
 * Whether looking at a cluster can answer a requirement. `person`: what it asks for is people's (a review, a written
 * procedure, a room, a contract), or reaches beyond what a cluster shows; controls may still show that it is broken, never
 * that it is met.
 */
export type AnsweredBy = "machine" | "person";

/** What a framework asks for, under the framework's own identifier, named in our words. */
export interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly answeredBy: AnsweredBy;
}

/** The requirements of one framework, in its order. */
export interface Catalogue {
  readonly requirements: readonly Requirement[];
  /** What of the framework is not in the table, or how its identifiers came about; a sentence. */
  readonly note?: string;
}

/** Lines `id  title`, as they stand; with an asterisk before the title what is a person's. */
export const requirementsOf = (lines: string): readonly Requirement[] =>
  lines
    .trim()
    .split("\n")
    .map((line) => {
      const [id = "", ...words] = line.trim().split(/\s+/);
      const title = words.join(" ");
      return title.startsWith("*")
        ? { id, title: title.slice(1).trim(), answeredBy: "person" as const }
        : { id, title, answeredBy: "machine" as const };
    });
