/** @bulkhead/cli: the `bulkhead` command. A program, not a library: nothing imports it. */
export { exitCode } from "./exit-codes.ts";
