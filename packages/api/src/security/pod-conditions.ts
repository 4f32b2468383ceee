/**
 * The condition of a Pod that has no traffic while it is "True", set and cleared by whoever may write `pods/status`: its node,
 * controllers, and whoever an administrator lets. A pod of the host's network cannot be isolated.
 */
export const isolatedCondition = "security.bulkhead.dev/Isolated";

/**
 * The condition of a Pod whose image fell out of policy and is to be replaced: while it is "True", the UpdatePolicy that
 * follows its workload looks for a better image at once, and outside of its windows.
 */
export const replacementCondition = "security.bulkhead.dev/ReplacementWanted";

/** The identity with which a node's agent writes ImageReports and these conditions. */
export const imageScannerUser = "system:serviceaccount:kube-system:bulkhead-image-scanner";

/**
 * The condition of a Pod that is to end for good: while it is "True" its node ends all its containers at once and starts none
 * again. The object and the logs stay for whoever looks into it; a controller makes another pod.
 */
export const stoppedCondition = "security.bulkhead.dev/Stopped";
