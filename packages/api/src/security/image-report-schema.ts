import type { JSONSchemaProps } from "../generated/types.ts";
import { choice, count, list, object, text } from "./schema-parts.ts";

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
      "inUse",
    ].map((name) => [name, count(`How many are ${name}.`)]),
  ),
);

const severity = choice("How grave it is.", ["critical", "high", "medium", "low", "negligible", "unknown"]);
const yes = (description: string): JSONSchemaProps => ({ type: "boolean", description });

const worst = object("The gravest of what was found, gravest first.", [], {
  findings: list(
    "Known flaws.",
    32,
    object("A flaw of a package.", ["id", "package", "severity"], {
      id: word("Its usual name."),
      aliases: list("Its other names.", 8, word("A name.")),
      package: word("The package and its version."),
      severity,
      fixedVersion: word("The version that mends it."),
      fixedAt: { type: "integer", format: "int64", description: "Since when there is a fix, milliseconds since 1970." },
      exploited: yes("Whether it is known to be exploited."),
      malicious: yes("Whether the package itself is the attack."),
      inUse: yes("Whether a running container has loaded files of the package."),
      notAffectedBy: list("Whose statements say that the image is not affected.", 8, word("An author.")),
    }),
  ),
  endOfLife: list(
    "Bases and runtimes that nobody mends any more.",
    16,
    object("A product.", ["name", "since"], { name: word("Its name."), since: word("Since when.") }),
  ),
  misconfigurations: list(
    "What is wrong with its configuration.",
    16,
    object("A check that it fails.", ["id", "severity", "says"], {
      id: word("The check."),
      severity,
      says: word("What is wrong."),
    }),
  ),
  secrets: list(
    "Where secrets lie in it; never a value.",
    16,
    object("A secret.", ["rule", "path"], { rule: word("What kind."), path: word("In which file.") }),
  ),
});

const report = object(
  "The short of what is known about an image; the whole is fetched by its digest (bulkhead image report).",
  ["digest"],
  {
    digest: text("The image's digest.", { pattern: "^sha(256|384|512):[0-9a-f]{64,128}$", maxLength: 135 }),
    images: list("Under which names it runs; empty: it runs no more.", 32, word("An image's name.")),
    namespaces: list("Where it runs.", 64, word("A namespace.")),
    ranIn: list(
      "Where it was let run before: it is not refused there for what is known since.",
      64,
      word("A namespace."),
    ),
    scannedAt: time("When it was scanned; absent: not yet."),
    matchedAt: time("When it was last held against the advisories."),
    outOfPolicy: list(
      "Where pods that run it are out of policy, and what was done.",
      16,
      object("A namespace.", ["namespace", "action", "says"], {
        namespace: word("The namespace."),
        action: text("What was done.", { enum: ["Report", "Isolate", "Replace"] }),
        says: word("Why."),
      }),
    ),
    failure: word("Why it could not be scanned or matched the last time."),
    distribution: word("Which distribution it is made of."),
    packages: count("How many packages are in it."),
    coverage: object("Of the files in it that can be executed, how many a package explains.", [], {
      executables: count("Files that can be executed."),
      explained: count("Those that a package explains."),
    }),
    counts,
    inUse: object("Packages of which running containers have loaded files.", [], {
      packages: count("How many."),
      lookedAt: time("When that was last looked at."),
    }),
    worst,
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
