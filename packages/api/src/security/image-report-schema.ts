import type { JSONSchemaProps } from "../generated/types.ts";
import { count, list, object, text } from "./schema-parts.ts";

const word = (description: string): JSONSchemaProps => text(description, { maxLength: 2048 });
const time = (description: string): JSONSchemaProps => text(description, { format: "date-time" });

const counts = object(
  "Findings by severity, and those that weigh more than any severity.",
  [],
  Object.fromEntries(
    [
      "critical",
      "high",
      "medium",
      "low",
      "negligible",
      "unknown",
      "fixable",
      "exploited",
      "malicious",
      "misconfigurations",
      "secrets",
    ].map((name) => [name, count(`How many are ${name}.`)]),
  ),
);

const report = object(
  "The short of what is known about an image; the whole is fetched by its digest (bulkhead image report).",
  ["digest"],
  {
    digest: text("The image's digest.", { pattern: "^sha(256|384|512):[0-9a-f]{64,128}$", maxLength: 135 }),
    images: list("Under which names it runs; empty: it runs no more.", 32, word("An image's name.")),
    namespaces: list("Where it runs.", 64, word("A namespace.")),
    scannedAt: time("When it was scanned; absent: not yet."),
    matchedAt: time("When it was last held against the advisories."),
    failure: word("Why it could not be scanned or matched the last time."),
    distribution: word("Which distribution it is made of."),
    packages: count("How many packages are in it."),
    coverage: object("Of the files in it that can be executed, how many a package explains.", [], {
      executables: count("Files that can be executed."),
      explained: count("Those that a package explains."),
    }),
    counts,
    sources: list(
      "The advisories that it was matched with, and their age.",
      64,
      object("A source.", ["name"], {
        name: word("Its name."),
        records: count("How many records it holds."),
        checkedAt: time("When it was last taken in or found unchanged."),
        stale: word("Why it is too old to be believed whole."),
      }),
    ),
    blindSpots: list(
      "What the scan could not look into.",
      32,
      object("A blind spot.", ["what"], { what: word("Which kind."), where: word("Where.") }),
    ),
  },
);

export const imageReport: JSONSchemaProps = object(
  "ImageReport sums up what is known about an image that runs.",
  ["report"],
  { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" }, report },
);
