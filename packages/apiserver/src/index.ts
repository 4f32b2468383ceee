/** @bulkhead/apiserver */
export {};
