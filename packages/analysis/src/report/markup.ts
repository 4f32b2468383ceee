/** Control characters stand for themselves nowhere. */
export const plain = (text: string): string => text.replace(/\p{Cc}/gu, " ");

/** Text in Markdown: what a reader would take for markup is escaped. */
export const markdownText = (text: string): string => plain(text).replace(/[\\`*_[\]<>#|~]/g, String.raw`\$&`);

/** Text in HTML, in elements and in quoted attributes. */
export const htmlText = (text: string): string =>
  plain(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
