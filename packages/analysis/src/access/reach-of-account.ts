import type { ObjectRef, PolicyRule } from "@bulkhead/api";
import { accountUser } from "../deciders/access.ts";
import { grantsOfSubject, wholeAccess } from "../deciders/grants.ts";
import { type Severity, severities } from "../posture/control.ts";
import type { Derivation, View } from "../snapshot/view.ts";
import { leastRules } from "./default-rights.ts";
import { type PowerId, powerOf, reaches, severityAt } from "./powers.ts";
import { impliedPowers, rulePowers } from "./rule-powers.ts";

/** Something that an account's token may do and that leads further. */
export interface AccountPower {
  readonly id: PowerId;
  /** After "may": `read every Secret`. */
  readonly power: string;
  readonly severity: Severity;
  /** A namespace; "" for the whole cluster. */
  readonly where: string;
  /** The binding and the role that give it. */
  readonly through: readonly ObjectRef[];
}

/** Every verb on something is what those verbs let one do to it. */
const powersOf = (rule: PolicyRule): readonly PowerId[] =>
  rulePowers(rule).flatMap((id) => (id === "loose" ? [] : id === "any-verb" ? impliedPowers(rule) : [id]));

/** What an account may, by `namespace/name`: its own grants and those of the groups that its tokens carry. */
const powersOfAccount: Derivation<readonly AccountPower[]> = {
  name: "account-powers",
  compute: (view, key) => {
    view.derive(wholeAccess);
    const slash = key.indexOf("/");
    const user = accountUser(key.slice(0, slash), key.slice(slash + 1));
    const found = new Map<string, AccountPower>();
    for (const subject of [`u${user.name}`, ...user.groups.map((group) => `g${group}`)]) {
      for (const { grant, where } of view.derive(grantsOfSubject, subject)) {
        for (const id of (grant.rules ?? leastRules(grant.role) ?? []).flatMap(powersOf)) {
          const place = `${id} ${where}`;
          if (found.has(place) || !reaches(id, where)) continue;
          found.set(place, {
            id,
            power: powerOf(id).may,
            severity: severityAt(id, where),
            where,
            through: [grant.binding, grant.role],
          });
        }
      }
    }
    // Whoever may it everywhere may it in each namespace.
    return [...found.values()]
      .filter(({ id, where }) => where === "" || !found.has(`${id} `))
      .toSorted(
        (a, b) =>
          severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
          (a.where < b.where ? -1 : a.where > b.where ? 1 : 0),
      );
  },
  same: (a, b) => (a.length === 0 && b.length === 0) || JSON.stringify(a) === JSON.stringify(b),
};

/**
 * What an account's token may do that matters, gravest first; empty for an account without such rights. Throws `Unread`
 * where roles or bindings could not be read.
 */
export const accountPowers = (
  view: View,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): readonly AccountPower[] => view.derive(powersOfAccount, `${namespace}/${name}`);
