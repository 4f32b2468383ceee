import { clean } from "../image/words.ts";

/** Breaks at spaces, so that a paragraph stands in a column. */
export function wrapped(text: string, indent = "  ", width = 100): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of clean(text).split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width - indent.length) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, indent + line];
}
