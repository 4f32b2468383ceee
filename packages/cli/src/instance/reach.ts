import { shellWord } from "@bulkhead/policy";

/** What a printed command must be told so that it reaches what this one reached, from the same shell. */
export interface Reach {
  /** Of the instance, where a plain command would not find it (see `rootToSay`). */
  readonly root: string | undefined;
  /** Of the kubeconfig, where kubectl would not take it by itself. */
  readonly kubeconfig: string | undefined;
  /** How our own commands are led to the API: by root, by kubeconfig, or as they are. */
  readonly by: "root" | "kubeconfig" | "environment";
}

/** ` --root X`, or nothing where it need not be said. */
export const rootFlag = (root: string | undefined): string => (root === undefined ? "" : ` --root ${shellWord(root)}`);

/** The commands of a line (`kubectl … && kubectl …`); what stands in quotes is nobody's command. */
function commandsOf(line: string): string[] {
  const parts = [""];
  for (const [piece] of line.matchAll(/'[^']*'|"[^"]*"|\s&&\s|[^\s'"]+|\s|./gs)) {
    if (piece === " && ") parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

/** A command line that may be copied as it stands: our own commands and kubectl's are told which cluster is meant. */
export function reaching(line: string, { root, kubeconfig, by }: Reach): string {
  return commandsOf(line)
    .map((command) => {
      if (command.startsWith("kubectl "))
        return kubeconfig === undefined
          ? command
          : `kubectl --kubeconfig ${shellWord(kubeconfig)}${command.slice("kubectl".length)}`;
      if (!command.startsWith("bulkhead ")) return command;
      const node = command.startsWith("bulkhead allow node ");
      const flag =
        node || by === "root"
          ? rootFlag(root)
          : by === "kubeconfig" && kubeconfig !== undefined
            ? ` --kubeconfig ${shellWord(kubeconfig)}`
            : "";
      // What is left to fill in stays last.
      const last = command.search(/ --reason "…"$/);
      return last < 0 ? command + flag : command.slice(0, last) + flag + command.slice(last);
    })
    .join(" && ");
}

/** A report with every `command` in it made to reach what the question was put to. */
export function withReach<T>(report: T, reach: Reach): T {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "command" && typeof inner === "string" ? reaching(inner, reach) : walk(inner),
      ]),
    );
  };
  return walk(report) as T;
}
