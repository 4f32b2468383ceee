import { accountUser } from "../deciders/access.ts";
import { grants, type PlacedGrant } from "../deciders/grants.ts";
import type { Derivation, View } from "../snapshot/view.ts";

const grantsOfAccount: Derivation<readonly PlacedGrant[]> = {
  name: "grants-of-account",
  compute: (view, key) => {
    const slash = key.indexOf("/");
    const { name } = accountUser(key.slice(0, slash), key.slice(slash + 1));
    return view.derive(grants).bySubject.get(`u${name}`) ?? [];
  },
  same: (a, b) => JSON.stringify(a) === JSON.stringify(b),
};

/** What is bound to an account by its own name, and not to a group that it is in. */
export const accountGrants = (view: View, namespace: string, name: string): readonly PlacedGrant[] =>
  view.derive(grantsOfAccount, `${namespace}/${name}`);
