/** @bulkhead/cli */
export {};
