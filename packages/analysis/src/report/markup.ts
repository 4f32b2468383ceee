/** Control characters stand for themselves nowhere. */
export const plain = (text: string): string => text.replace(/\p{Cc}/gu, " ");

/** Text in Markdown: what a reader would take for markup is escaped. */
export const markdownText = (text: string): string => plain(text).replace(/[\\`*_[\]<>#|~]/g, String.raw`\$&`);

/** Text in HTML, in elements and in quoted attributes. */
export const htmlText = (text: string): string =>
  plain(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** Of pages that are printed: fonts that carry the same weights wherever they are made, in single quotes. */
export const pageFont = "'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** A string of a style sheet inside HTML: what could end either is escaped. */
export const cssString = (text: string): string =>
  `"${plain(text).replace(/[^\w :/.,-]/gu, (character) => `\\${character.codePointAt(0)?.toString(16) ?? ""} `)}"`;
