import type { LifecycleHandler, Probe } from "@bulkhead/api";
import type { PlacedContainer } from "../posture/workload.ts";
import { parseScript } from "./shell-script.ts";

/** A program that a container starts, be it itself or from a script in its arguments. */
export interface StartedProgram {
  /** Without its folder: `curl`. */
  readonly program: string;
  readonly args: readonly string[];
  /** It reads what the program before it writes. */
  readonly piped: boolean;
  /** The word, or list of words, of the object that says so. */
  readonly field: string;
}

/** What one entry of a container starts: its command, a hook or a probe. */
export interface StartedBy {
  /** `command`, `postStart`, `livenessProbe`: what tells it from the container's others. */
  readonly entry: string;
  readonly programs: readonly StartedProgram[];
  /** Scripts as they are written, for what no parser sees. */
  readonly scripts: readonly { readonly text: string; readonly field: string }[];
}

interface Word {
  readonly text: string;
  readonly field: string;
}

export const shells: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "zsh", "ksh"]);
const openers = new Set([
  "exec",
  "sudo",
  "nohup",
  "env",
  "time",
  "then",
  "do",
  "else",
  "if",
  "while",
  "!",
  "{",
  "tini",
  "dumb-init",
  "--",
]);
const depthAtMost = 4;

/** Of a word that is a flag, the word: which program takes it the image alone says. */
const baseName = (path: string): string => (path.startsWith("-") ? path : path.slice(path.lastIndexOf("/") + 1));

/** Words without what only opens a command: variables, `exec`, `sudo -E`. */
function bare(words: readonly string[]): readonly string[] {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    const opens = openers.has(baseName(word)) || /^[A-Za-z_]\w*=/.test(word);
    if (!opens && !(at > 0 && word.startsWith("-") && openers.has(baseName(words[at - 1] ?? "")))) break;
  }
  return words.slice(at);
}

/** Which word is a shell's script: the one after `-c`, `-ec` and the like. */
function scriptAt(words: readonly string[]): number | undefined {
  const first = baseName(words[0] ?? "") === "busybox" ? 1 : 0;
  if (!shells.has(baseName(words[first] ?? ""))) return undefined;
  const flag = words.findIndex((word, i) => i > first && /^-[a-z]*c$/.test(word));
  return flag < 0 || flag + 1 >= words.length ? undefined : flag + 1;
}

function programsOf(words: readonly string[], field: string, piped: boolean, depth: number): StartedProgram[] {
  const own = bare(words);
  const [program, ...args] = own;
  if (program === undefined) return [];
  const one: StartedProgram = { program: baseName(program), args, piped, field };
  const script = scriptAt(own);
  const nested = script === undefined || depth >= depthAtMost ? undefined : own[script];
  return nested === undefined ? [one] : [one, ...programsIn(nested, field, depth + 1)];
}

const programsIn = (script: string, field: string, depth: number): StartedProgram[] =>
  parseScript(script).flatMap(({ words, piped }) => programsOf(words, field, piped, depth));

function started(entry: string, words: readonly Word[]): StartedBy {
  const texts = words.map(({ text }) => text);
  const skipped = texts.length - bare(texts).length;
  const script = scriptAt(texts.slice(skipped));
  const word = script === undefined ? undefined : words[skipped + script];
  const field = words[skipped]?.field ?? "";
  return {
    entry,
    programs: programsOf(texts, word?.field ?? field, false, 0),
    scripts: word === undefined ? [{ text: texts.join(" "), field }] : [word],
  };
}

const wordsOf = (list: readonly string[] | undefined, field: string): Word[] =>
  (list ?? []).map((text, i) => ({ text, field: `${field}[${i}]` }));

const known = new WeakMap<PlacedContainer, readonly StartedBy[]>();

function read({ container, field }: PlacedContainer): StartedBy[] {
  const all: StartedBy[] = [];
  const main = [...wordsOf(container.command, `${field}.command`), ...wordsOf(container.args, `${field}.args`)];
  if (main.length > 0) all.push(started("command", main));
  const handlers: readonly [string, Probe | LifecycleHandler | undefined][] = [
    ["lifecycle.postStart", container.lifecycle?.postStart],
    ["lifecycle.preStop", container.lifecycle?.preStop],
    ["livenessProbe", container.livenessProbe],
    ["readinessProbe", container.readinessProbe],
    ["startupProbe", container.startupProbe],
  ];
  for (const [at, handler] of handlers) {
    const words = wordsOf(handler?.exec?.command, `${field}.${at}.exec.command`);
    if (words.length > 0) all.push(started(at, words));
  }
  return all;
}

/** All that a container is told to start. What its image starts by itself nobody can see here. */
export function startedBy(container: PlacedContainer): readonly StartedBy[] {
  const seen = known.get(container) ?? read(container);
  known.set(container, seen);
  return seen;
}

/** A container's arguments word by word, with where each stands; scripts of a shell are one word. */
export const argumentsOf = ({ container, field }: PlacedContainer): readonly Word[] => [
  ...wordsOf(container.command, `${field}.command`),
  ...wordsOf(container.args, `${field}.args`),
];

/** The value of a flag among arguments: `--listen=x` and `--listen x`. */
export function flagValue(args: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, word] of args.entries()) {
    for (const name of names) {
      if (word === name) return args[i + 1] ?? "";
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
    }
  }
  return undefined;
}
