/**
 * `$(NAME)` becomes the variable's value, `$$` a dollar sign; a reference to what is not there stays as it was written.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    const next = text[at + 1];
    if (char !== "$" || next === undefined) {
      out += char;
    } else if (next === "$") {
      out += "$";
      at++;
    } else if (next === "(") {
      const end = text.indexOf(")", at + 2);
      if (end < 0) {
        out += "$(";
        at++;
      } else {
        const name = text.slice(at + 2, end);
        out += lookup(name) ?? `$(${name})`;
        at = end;
      }
    } else {
      out += `$${next}`;
      at++;
    }
  }
  return out;
}
