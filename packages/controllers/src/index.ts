/** @bulkhead/controllers */
export {};
