/** @bulkhead/host */
export {};
