/** @bulkhead/kubelet */
export {};
