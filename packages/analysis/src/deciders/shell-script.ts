/** One command of a script, as words without their quotes. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** After a `|`: it reads what the command before it writes. */
  readonly piped: boolean;
}

/** The text of a here-document is no command. */
const hereDocument = /<<-?\s*(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?\n\s*\2(?=\n|$)/g;

/**
 * The simple commands of a POSIX shell script, in the order in which they stand: enough of the grammar to tell what a
 * container starts, no more. Quotes and comments are read; variables and substitutions are left as they are.
 */
export function parseScript(script: string): readonly ShellCommand[] {
  const text = script.replace(hereDocument, "$3");
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let piped = false;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (next: boolean): void => {
    endWord();
    if (words.length > 0) commands.push({ words, piped });
    if (words.length > 0 || next) piped = next;
    words = [];
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "'" || char === '"') {
      const end = closing(text, i, char);
      word = (word ?? "") + text.slice(i + 1, end);
      i = end;
    } else if (char === "\\") {
      if (text[i + 1] !== "\n") word = (word ?? "") + (text[i + 1] ?? "");
      i += 1;
    } else if (char === "#" && word === undefined) {
      const end = text.indexOf("\n", i);
      i = end < 0 ? text.length : end - 1;
    } else if (char === "|") {
      const or = text[i + 1] === "|";
      endCommand(!or);
      if (or) i += 1;
    } else if (";&\n()`".includes(char)) {
      // `2>&1` and `&>file` start nothing.
      if (char === "&" && (text[i - 1] === ">" || text[i + 1] === ">")) word = (word ?? "") + char;
      else endCommand(false);
    } else if (char === " " || char === "\t") endWord();
    else word = (word ?? "") + char;
  }
  endCommand(false);
  return commands;
}

function closing(text: string, from: number, quote: string): number {
  for (let i = from + 1; i < text.length; i++) {
    if (quote === '"' && text[i] === "\\") i += 1;
    else if (text[i] === quote) return i;
  }
  return text.length;
}
