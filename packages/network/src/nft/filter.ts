import { CommandError, type Run, runCommand } from "../process/command.ts";
import { type Actual, asActual, diff } from "./diff.ts";
import { accept, chain, match, type Rule, rule, setMark, type Table, table } from "./nodes.ts";
import { readTable, sameActual } from "./read-back.ts";

/** Chains that the filter itself fills: known connections pass in `known`, newly judged ones in `admit`. */
export const generationChains = { known: "known", admit: "admit" } as const;

/**
 * A connection that passed carries the number of the ruleset that judged it. Whatever changes the ruleset changes the
 * number, so that every open connection is judged once more, in both directions, from the very commit on.
 */
function withGeneration(wanted: Table, generation: number): Table {
  const replace: Record<string, readonly Rule[]> = {
    [generationChains.known]: [rule(match("ct mark", String(generation)), accept)],
    [generationChains.admit]: [rule(setMark(generation)), rule(accept)],
  };
  const chains = [...wanted.chains.values()].filter((c) => replace[c.name] === undefined);
  for (const [name, rules] of Object.entries(replace)) chains.push(chain(name, rules));
  return table(wanted.name, chains, [...wanted.sets.values()]);
}

export interface FilterOptions {
  /** File of the network namespace the table lives in; without it the caller's own. */
  readonly netns?: string;
  /** Whether open connections carry the number of the ruleset that judged them (default), see `generationChains`. */
  readonly generations?: boolean;
  readonly table: string;
  readonly run?: Run;
  /** Program names or paths; default `nft` and `nsenter`. */
  readonly nft?: string;
  readonly nsenter?: string;
}

export type ApplyResult = "unchanged" | "changed" | "repaired";

/** The table in the kernel: applies the difference to what is wanted, each time in one transaction. Not for concurrent calls. */
export interface PacketFilter {
  /** Whether the kernel's table is `wanted` already, without changing it. */
  stands(wanted: Table): Promise<boolean>;
  /** Makes the kernel's table `wanted`. When the kernel refuses (someone meddled), reads back and tries once more. */
  apply(wanted: Table): Promise<ApplyResult>;
  /** Reads the kernel's table and repairs it if it differs from what was applied last. */
  verify(): Promise<ApplyResult>;
  /** What stands in the kernel now; undefined: no such table. */
  read(): Promise<Actual | undefined>;
  remove(): Promise<void>;
}

function randomGeneration(): number {
  return 1 + Math.floor(Math.random() * 0x7fff_0000);
}

export function packetFilter(options: FilterOptions): PacketFilter {
  const run = options.run ?? runCommand;
  const program = options.nft ?? "nft";
  const prefix = options.netns === undefined ? [] : [options.nsenter ?? "nsenter", `--net=${options.netns}`, "--"];
  const nft = (args: readonly string[], input?: string): Promise<string> => {
    const [first = program, ...rest] = [...prefix, program, ...args];
    return run(first, rest, input === undefined ? {} : { input });
  };
  const numbered = (wanted: Table, n: number): Table =>
    options.generations === false ? wanted : withGeneration(wanted, n);
  let actual: Actual | undefined;
  let known = false;
  let wantedLast: Table | undefined;
  // Starts anywhere: marks that a former agent's ruleset gave must mean nothing to ours.
  let generation = randomGeneration();

  async function read(): Promise<Actual | undefined> {
    try {
      return readTable(await nft(["-j", "list", "table", "inet", options.table]));
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== "failed") throw error;
      // Either there is none, or nft itself fails: then the next line fails too.
      const tables = await nft(["list", "tables", "inet"]);
      if (tables.split("\n").includes(`table inet ${options.table}`)) throw error;
      return undefined;
    }
  }

  async function commit(wanted: Table): Promise<boolean> {
    // What only adds elements lets more pass than before and refuses nothing that passed: no connection is judged anew.
    // (Every pod has its entry in both verdict maps, so that a policy that comes to hold it changes one.)
    const same = numbered(wanted, generation);
    const difference = diff(same, actual);
    if (known && difference.lines.length === 0) return false;
    const next = difference.onlyAdds ? generation : generation >= 0x7fff_ffff ? 1 : generation + 1;
    const changed = difference.onlyAdds ? same : numbered(wanted, next);
    const { lines } = difference.onlyAdds ? difference : diff(changed, actual);
    await nft(["-f", "-"], `${lines.join("\n")}\n`);
    generation = next;
    actual = asActual(changed);
    wantedLast = wanted;
    return true;
  }

  /** When even what was read back does not lead there: the whole table anew, still in one transaction. */
  async function rebuild(wanted: Table): Promise<void> {
    generation = generation >= 0x7fff_ffff ? 1 : generation + 1;
    const whole = numbered(wanted, generation);
    const old = actual === undefined ? [] : [`delete table inet ${options.table}`];
    await nft(["-f", "-"], `${[...old, ...diff(whole, undefined).lines].join("\n")}\n`);
    actual = asActual(whole);
    wantedLast = wanted;
  }

  async function repair(wanted: Table): Promise<void> {
    try {
      await commit(wanted);
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== "failed") throw error;
      await rebuild(wanted);
    }
  }

  async function reread(): Promise<void> {
    actual = await read();
    known = true;
  }

  return {
    async stands(wanted) {
      await reread();
      return actual !== undefined && diff(numbered(wanted, generation), actual).lines.length === 0;
    },
    async apply(wanted) {
      if (!known) await reread();
      try {
        return (await commit(wanted)) ? "changed" : "unchanged";
      } catch (error) {
        if (!(error instanceof CommandError) || error.code !== "failed") throw error;
        await reread();
        await repair(wanted);
        return "repaired";
      }
    },
    async verify() {
      const before = actual;
      await reread();
      if (wantedLast === undefined || before === undefined) return "unchanged";
      if (actual !== undefined && sameActual(actual, before)) return "unchanged";
      await repair(wantedLast);
      return "repaired";
    },
    async read() {
      await reread();
      return actual;
    },
    async remove() {
      if ((await read()) !== undefined) await nft(["delete", "table", "inet", options.table]);
      actual = undefined;
      known = true;
    },
  };
}
