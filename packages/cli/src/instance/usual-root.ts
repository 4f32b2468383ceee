import { resolve } from "node:path";

/** Where an instance is kept unless said otherwise. Apart from what finds one: the help of every command says it. */
export const defaultRoot = "/var/lib/bulkhead";

/** The instance that the command on the path was installed for, where it was. */
export const installedRoot = (): string | undefined => process.env["BULKHEAD_INSTALLED_ROOT"];

/** Where commands that make or remove an instance look: what was named, else the installed one, else the usual place. */
export const rootToMake = (named: string | undefined): string => resolve(named ?? installedRoot() ?? defaultRoot);
