import { forbidden, type Service } from "@bulkhead/api";
import { type AdmissionPlugin, isCore } from "./admission.ts";

/** Nobody claims an address that is not theirs (CVE-2020-8554): external addresses may go, never come. */
export const externalIps: AdmissionPlugin = {
  name: "DenyServiceExternalIPs",
  validate: (request) => {
    if (!isCore(request, "services") || request.subresource !== "" || request.object === undefined) return;
    const before = (request.old as Service | undefined)?.spec?.externalIPs ?? [];
    const after = (request.object as Service).spec?.externalIPs ?? [];
    if (after.every((address) => before.includes(address))) return;
    throw forbidden("", "services", request.name, "Use of external IPs is denied by admission control");
  },
};
