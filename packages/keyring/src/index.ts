/** @bulkhead/keyring */
export {};
