/**
 * The condition of a Pod that has no traffic while it is "True", set and cleared by whoever may write `pods/status`: its node,
 * controllers, and whoever an administrator lets. A pod of the host's network cannot be isolated.
 */
export const isolatedCondition = "security.bulkhead.dev/Isolated";
