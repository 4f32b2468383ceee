/** Empty and unknown types are not allowed: a missing profile fails closed. */
export const allowedSeccomp = (profile: { readonly type?: string | undefined }): boolean =>
  profile.type === "RuntimeDefault" || profile.type === "Localhost";
