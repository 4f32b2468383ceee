import { AllowError } from "./allow-error.ts";

export interface Words {
  readonly positional: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

const short: Readonly<Record<string, string>> = { "-n": "--namespace" };
const known = new Set(["--for", "--namespace", "--value", "--reason", "--for-days", "--until", "--only"]);

/** Splits the words after `bulkhead allow` into positional ones and options, each of which takes a value, once. */
export function splitWords(words: readonly string[]): Words {
  const positional: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("-") || /^-?[0-9]/.test(word)) {
      positional.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const flag = equals < 0 ? word : word.slice(0, equals);
    const name = Object.hasOwn(short, flag) ? (short[flag] ?? flag) : flag;
    if (!known.has(name)) throw new AllowError("usage", `${flag} is no option of bulkhead allow`);
    const value = equals < 0 ? words[++i] : word.slice(equals + 1);
    if (value === undefined) throw new AllowError("usage", `${flag} needs a value`);
    if (options.has(name)) throw new AllowError("usage", `${flag} is given twice`);
    options.set(name, value);
  }
  return { positional, options };
}
