/** @bulkhead/images */
export {};
