const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,]\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Whether a text is a time as Go's RFC 3339 layout takes it (any fraction, `Z` or an offset). */
export function isRfc3339(text: string): boolean {
  const match = rfc3339.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

/** What Go's time.Parse says of a text that is not RFC 3339. */
export function rfc3339Error(text: string): string {
  const shown = JSON.stringify(text);
  const layout = "2006-01-02T15:04:05Z07:00";
  const parts = [
    [/^\d{4}/, "2006"],
    [/^-/, "-"],
    [/^\d{2}/, "01"],
    [/^-/, "-"],
    [/^\d{2}/, "02"],
    [/^T/, "T"],
    [/^\d{2}/, "15"],
    [/^:/, ":"],
    [/^\d{2}/, "04"],
    [/^:/, ":"],
    [/^\d{2}(?:[.,]\d+)?/, "05"],
    [/^(?:Z|[+-]\d{2}:\d{2})/, "Z07:00"],
  ] as const;
  let rest = text;
  for (const [pattern, element] of parts) {
    const match = pattern.exec(rest);
    if (match === null)
      return `parsing time ${shown} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`;
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") return `parsing time ${shown}: extra text: ${JSON.stringify(rest)}`;
  return `parsing time ${shown}: value out of range`;
}
