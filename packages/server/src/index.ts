/**
 * @bulkhead/server: the programs of an instance, one entry a process (src/entries): what reads its configuration, makes
 * its identities, wires the rooms together and looks after the processes. Nobody imports it; `bulkhead up` executes it.
 */
export {};
