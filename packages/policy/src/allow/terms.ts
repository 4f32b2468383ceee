import { parseTime } from "../exception/exceptions.ts";
import { glassLasts } from "../image/exceptions.ts";
import { AllowError } from "./allow-error.ts";
import type { Words } from "./words.ts";

const day = 86_400_000;

/** `--reason`, which must say something. */
export function reasonOf({ options }: Words): string {
  const reason = options.get("--reason")?.trim() ?? "";
  if (!/\p{L}/u.test(reason))
    throw new AllowError("reason", 'say why it is needed: --reason "the migration runs until Friday"');
  return reason;
}

/** When it ends, as RFC 3339: `--for-days` or `--until`, else in seven days. */
export function expiryOf({ options }: Words, now: number, rule = ""): string {
  const [days, until] = [options.get("--for-days"), options.get("--until")];
  if (days !== undefined && until !== undefined) throw new AllowError("expiry", "give --for-days or --until, not both");
  if (days !== undefined && !(/^[1-9][0-9]{0,2}$/.test(days) && Number(days) <= 365)) {
    throw new AllowError("expiry", "--for-days takes a number from 1 to 365");
  }
  const time = until === undefined ? now + Number(days ?? (rule === "break-glass" ? 1 : 7)) * day : parseTime(until);
  if (rule === "break-glass" && time > now + glassLasts)
    throw new AllowError("expiry", "a broken glass lets everything run for a day at most");
  if (Number.isNaN(time)) throw new AllowError("expiry", "--until takes a time such as 2026-12-01T00:00:00Z");
  if (time <= now) throw new AllowError("expiry", `--until ${until} has passed`);
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
