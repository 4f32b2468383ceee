import { type StartedBy, shells, startedBy } from "../../../deciders/command-line.ts";
import { workloadControl } from "../../control.ts";

const fetchers = new Set(["curl", "wget"]);
const interpreters = new Set([...shells, "python", "python3", "perl", "ruby", "node"]);
const checkers = new Set(["sha256sum", "sha512sum", "shasum", "gpg", "gpgv", "cosign", "minisign"]);
const substituted =
  /(?:^|[\s;&|])(?:(?:ba|da|z|k|a)?sh|eval|source|\.)\s+(?:-\w+\s+)*["']?(?:\$\(|<\(|`)\s*(?:curl|wget)\b/;

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Files that a download leaves, by their names. */
function written(program: string, args: readonly string[]): string[] {
  const named = args.flatMap((word, i) => {
    const own = /^(?:-o|--output(?:-document)?|-O)$/.test(word)
      ? (args[i + 1] ?? "")
      : /^--output(?:-document)?=(.+)$/.exec(word)?.[1];
    return own === undefined || own === "-" || own.includes("://") ? [] : [fileName(own)];
  });
  const byUrl = program === "wget" || args.some((word) => /^-\w*O\w*$|^--remote-name$/.test(word));
  return [...named, ...(byUrl ? args.filter((word) => word.includes("://")).map(fileName) : [])].filter(
    (name) => name !== "",
  );
}

/** Where something fetched is run, in what one entry starts. */
function fetchedAndRun({ programs, scripts }: StartedBy): string | undefined {
  const files = new Set<string>();
  let checked = false;
  for (const [i, { program, args, piped, field }] of programs.entries()) {
    if (piped && interpreters.has(program)) {
      // The pipe goes back to what writes at its beginning.
      let first = i - 1;
      while (programs[first]?.piped === true) first -= 1;
      if (fetchers.has(programs[first]?.program ?? "")) return field;
    }
    if (checkers.has(program)) checked = true;
    if (fetchers.has(program)) for (const name of written(program, args)) files.add(name);
    const runs =
      interpreters.has(program) || program === "source" || program === "."
        ? fileName(args.find((a) => !a.startsWith("-")) ?? "")
        : program;
    if (!checked && files.has(runs)) return field;
  }
  return scripts.find(({ text }) => substituted.test(text))?.field;
}

export const workloadDownloadRun = workloadControl({
  id: "workload-download-run",
  title: "No container runs what it has just downloaded",
  area: "workloads",
  attack:
    "An image is what was built, scanned and signed, and a script fetched at start is none of that. Whoever holds the server, its name or the way there sends a script of their own to every new pod. It runs with the pod's rights before anything looks at it, and leaves no trace in any image.",
  severity: "high",
  severityBecause: "another party's server decides at each start what runs here",
  frameworks: {
    nsa: ["supply-chain"],
    owasp: ["K01:2025"],
    nist: ["4.1.5"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) =>
      startedBy(placed).flatMap((entry) => {
        const field = fetchedAndRun(entry);
        return field === undefined
          ? []
          : [
              {
                field,
                key: `${placed.name} ${entry.entry}`,
                says: `container ${placed.name} downloads a script or program in its ${entry.entry} and runs it unchecked`,
              },
            ];
      }),
    ),
  fix: (workload) => ({
    kind: "by-hand",
    why: "what the download holds is decided elsewhere, each time anew",
    how: `put the script or program into the image of ${workload.ref.name} when it is built; where that cannot be, name a version and hold the file against its checksum (sha256sum -c) before it is run`,
  }),
});
