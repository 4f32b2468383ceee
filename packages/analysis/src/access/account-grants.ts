import { accountUser } from "../deciders/access.ts";
import { grantsOfSubject, type PlacedGrant } from "../deciders/grants.ts";
import type { View } from "../snapshot/view.ts";

/** What is bound to an account by its own name, and not to a group that it is in. */
export const accountGrants = (view: View, namespace: string, name: string): readonly PlacedGrant[] =>
  view.derive(grantsOfSubject, `u${accountUser(namespace, name).name}`);
