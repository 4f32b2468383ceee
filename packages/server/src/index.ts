/** @bulkhead/server */
export {};
