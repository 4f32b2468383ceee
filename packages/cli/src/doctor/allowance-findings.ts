import type { Finding } from "@bulkhead/host";
import { parseTime, shellWord, type TimedAllowance } from "@bulkhead/policy";
import { fromNow } from "../allow/allow-text.ts";
import { rootFlag } from "../instance/reach.ts";

/** What the node's own file allows for a while: noted while it holds, warned about when it ended. */
export function allowanceFindings(allowances: readonly TimedAllowance[], now: number, root: string): Finding[] {
  return allowances.map(({ rule, value, reason, author, expires }): Finding => {
    const end = parseTime(expires);
    const command = `bulkhead allow node ${rule} ${shellWord(value)}`;
    const why = `allowed by ${author}: ${reason}`;
    return end > now
      ? {
          id: "node-allowance",
          level: "note",
          what: `this node allows ${rule} ${value} until ${expires} (${fromNow(end, now)})`,
          consequence: why,
          whatToDo: `take it back with: ${command}${rootFlag(root)} --take-back`,
        }
      : {
          id: "node-allowance-ended",
          level: "warning",
          what: `this node allows ${rule} ${value} no longer: that ended ${fromNow(end, now)}`,
          consequence: `pods that need it do not start any more; ${why}`,
          whatToDo: `take it out with: ${command}${rootFlag(root)} --take-back, or allow it anew with a --reason`,
        };
  });
}
