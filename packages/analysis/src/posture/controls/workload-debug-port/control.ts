import { argumentsOf, flagValue, type StartedProgram, startedBy } from "../../../deciders/command-line.ts";
import { edited, removing } from "../../../deciders/workload-edits.ts";
import type { Breach } from "../../control.ts";
import { workloadControl } from "../../control.ts";

/** Options of Java and Node by which a debugger may come from elsewhere. */
const options = [
  /(?:^|\s)--inspect(?:-brk|-wait)?[= ](?:0\.0\.0\.0|\[?::\]?|\*)(?::\d+)?(?=\s|$)/,
  /-agentlib:jdwp=(?=\S*transport=dt_socket)(?=\S*server=y)\S*address=(?:\*|0\.0\.0\.0|\[?::\]?):\d+/,
  /-Dcom\.sun\.management\.jmxremote\.authenticate=false\b/,
];
const readOptions = new Set([
  "NODE_OPTIONS",
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "_JAVA_OPTIONS",
  "JAVA_OPTS",
  "CATALINA_OPTS",
]);
const anywhere = /^(?:(?:0\.0\.0\.0|\[::\]|\*)?:\d+|0\.0\.0\.0)$/;

const opensDebugger = ({ program, args }: StartedProgram): boolean => {
  if (program === "dlv") return args.includes("--headless") && anywhere.test(flagValue(args, "--listen", "-l") ?? "");
  if (/^python3?$/.test(program) && args[0] === "-m" && args[1] === "debugpy")
    return anywhere.test(flagValue(args, "--listen") ?? "");
  if (program === "gdbserver") return args.some((word) => /^(?:0\.0\.0\.0)?:\d+$/.test(word));
  return options.some((option) => option.test([program, ...args].join(" ")));
};

export const workloadDebugPort = workloadControl({
  id: "workload-debug-port",
  title: "No program waits for a debugger from elsewhere",
  area: "workloads",
  attack:
    "A debugger may read a program's memory and have it run anything, and the ports of Node, Java, Delve or Python ask for no password. An attacker who reaches the pod on that port, from any other pod where no policy forbids it, attaches. They run code as the program and take what it holds, tokens and connections included.",
  severity: "high",
  severityBecause: "whoever reaches the port runs code in the program without any flaw or password",
  frameworks: {
    nsa: ["pod-security"],
    attack: ["T1190", "T1133"],
    owasp: ["K01:2025", "K06:2025"],
    nist: ["4.1.2"],
    pci: ["2.2.4"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) => {
      const { container, field, name } = placed;
      const says = `container ${name} lets a debugger attach from anywhere it can be reached`;
      const byVariable = (container.env ?? []).flatMap(({ name: variable, value = "" }, i): Breach[] =>
        readOptions.has(variable) && options.some((option) => option.test(value))
          ? [{ field: `${field}.env[${i}].value`, key: `${name} ${variable}`, says: `${says}, by ${variable}` }]
          : [],
      );
      const byCommand = startedBy(placed).flatMap(({ entry, programs }): Breach[] => {
        const found = programs.find(opensDebugger);
        if (found === undefined) return [];
        const own = argumentsOf(placed).find(({ text }) => options.some((option) => option.test(text)));
        return [{ field: own?.field ?? found.field, key: `${name} ${entry}`, says }];
      });
      return [...byVariable, ...byCommand];
    }),
  fix: (workload, breach) => {
    const word = workload.containers.flatMap(argumentsOf).find(({ field }) => field === breach.field)?.text;
    if (word === undefined || word.includes(" ") || !options.some((option) => option.test(word)))
      return {
        kind: "by-hand",
        why: "the option stands among others in one text, or is a program of its own",
        how: "take it out, or bind it to 127.0.0.1 and reach it by kubectl port-forward for the hour that it is needed",
      };
    return edited([removing(workload, breach.field)], {
      mind: "a debugger attaches by kubectl port-forward where the option is given with 127.0.0.1 instead",
    });
  },
});
