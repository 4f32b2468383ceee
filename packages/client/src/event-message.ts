/** As much as an Event tells. */
const limit = 1024;
/** Less than this of a line says nothing: then later lines go. */
const least = 60;

interface Line {
  readonly text: string;
  /** The door at the line's end: it is kept whole or the line goes. */
  readonly command: string;
}

const readLine = (line: string): Line => {
  const at = line.search(/\bbulkhead (?:allow|why) /);
  return at < 0 ? { text: line, command: "" } : { text: line.slice(0, at), command: line.slice(at) };
};

/** The text with its middle left out: who it is about stands first, what leads to the command last. */
function shortened(text: string, to: number): string {
  if (text.length <= to) return text;
  const head = Math.ceil(((to - 1) * 2) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (to - 1 - head))}`;
}

/** How long each text may be, so that all together fit: short ones stay whole, long ones share what is left. */
function share(lengths: readonly number[], room: number): number {
  let left = room;
  const ascending = lengths.toSorted((a, b) => a - b);
  for (const [i, length] of ascending.entries()) {
    const each = Math.floor(left / (ascending.length - i));
    if (length > each) return each;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}

/** A message that fits an Event. What is too long loses its middle, and no command that would help is cut. */
export function eventMessage(message: string): string {
  if (message.length <= limit) return message;
  const lines = message.split("\n").map(readLine);
  for (let kept = lines.length; kept > 0; kept--) {
    const shown = lines.slice(0, kept);
    const rest = kept === lines.length ? "" : `\n(and ${lines.length - kept} more)`;
    const room = limit - rest.length - (kept - 1) - shown.reduce((sum, { command }) => sum + command.length, 0);
    const each = share(
      shown.map(({ text }) => text.length),
      room,
    );
    if (each < least) continue;
    return (shown.map(({ text, command }) => shortened(text, each) + command).join("\n") + rest).toWellFormed();
  }
  return shortened(message, limit).toWellFormed();
}
