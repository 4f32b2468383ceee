/** @bulkhead/network */
export {};
