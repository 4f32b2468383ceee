const safe = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word for a POSIX shell. */
export const shellWord = (text: string): string => (safe.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
