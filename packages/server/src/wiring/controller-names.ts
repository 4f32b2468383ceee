/** The identities that the controllers' process holds, one a controller: service accounts of kube-system. */
export const controllerNames: readonly string[] = [];
