/** @bulkhead/audit */
export {};
