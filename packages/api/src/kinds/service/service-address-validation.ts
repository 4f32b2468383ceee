import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { Service } from "../../generated/types.ts";
import { addressErrors, parseAddress } from "../addresses.ts";
import { hasClusterAddress, isHeadless } from "./service-traits.ts";

const families = ["IPv4", "IPv6"];
const familyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

const familyOf = (address: string): string => parseAddress(address)?.family ?? "";

function familyErrors(service: Service): FieldError[] {
  const { ipFamilies = [], ipFamilyPolicy, clusterIP, selector } = service.spec ?? {};
  const errors: FieldError[] = [];
  ipFamilies.forEach((family, index) => {
    const path = field.index("spec.ipFamilies", index);
    if (!families.includes(family)) errors.push(field.notSupported(path, family, families));
    if (ipFamilies.indexOf(family) !== index) errors.push(field.duplicate(path, family));
  });
  if (ipFamilyPolicy !== undefined && !familyPolicies.includes(ipFamilyPolicy)) {
    errors.push(field.notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, familyPolicies));
  }
  if (errors.length > 0 || (clusterIP === "None" && Object.keys(selector ?? {}).length === 0)) return errors;
  if (ipFamilyPolicy === "RequireDualStack") {
    const why = "this cluster is not configured for dual-stack services";
    errors.push(field.invalid("spec.ipFamilyPolicy", ipFamilyPolicy, why));
  }
  ipFamilies.forEach((family, index) => {
    if (family !== "IPv4") {
      errors.push(field.invalid(field.index("spec.ipFamilies", index), family, "not configured on this cluster"));
    }
  });
  return errors;
}

function joinedErrors(clusterIP: string, clusterIPs: readonly string[]): FieldError[] {
  if (clusterIP === "") {
    return clusterIPs.length === 0
      ? []
      : [field.invalid("spec.clusterIPs", clusterIPs, "must be empty when `clusterIP` is not specified")];
  }
  if (clusterIPs.length === 0) return [field.required("spec.clusterIPs")];
  return clusterIPs[0] === clusterIP
    ? []
    : [field.invalid("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`")];
}

/** Rules of clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy among themselves. */
export function clusterAddressErrors(service: Service, old: Service | undefined): FieldError[] {
  if (!hasClusterAddress(service)) return [];
  const { clusterIP = "", clusterIPs = [], ipFamilies = [] } = service.spec ?? {};
  const errors = [...joinedErrors(clusterIP, clusterIPs), ...familyErrors(service)];
  const existing = old?.spec?.clusterIPs ?? [];
  let invalid = false;
  clusterIPs.forEach((address, index) => {
    if (index === 0 && address === "None") {
      if (clusterIPs.length > 1) {
        invalid = true;
        errors.push(field.invalid("spec.clusterIPs", clusterIPs, "'None' must be the first and only value"));
      }
      return;
    }
    const wrong = existing.includes(address) ? [] : addressErrors(field.index("spec.clusterIPs", index), address);
    if (wrong.length > 0) invalid = true;
    errors.push(...wrong);
  });
  if (clusterIPs.length > 2) errors.push(field.invalid("spec.clusterIPs", clusterIPs, "may only hold up to 2 values"));
  if (invalid) return errors;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(familyOf)).size !== 2) {
    const why = "may specify no more than one IP for each IP family";
    errors.push(field.invalid("spec.clusterIPs", clusterIPs, why));
  }
  if (isHeadless(service)) return errors;
  clusterIPs.forEach((address, index) => {
    const family = ipFamilies[index];
    if (family !== undefined && families.includes(family) && family !== familyOf(address)) {
      const why = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(field.invalid(field.index("spec.clusterIPs", index), address, why));
    }
  });
  return errors;
}

const once = "may not change once set";

/** A cluster address stays for as long as the Service does, unless its type gives it up. */
export function clusterAddressChangeErrors(next: Service, old: Service): FieldError[] {
  if (!hasClusterAddress(next) || !hasClusterAddress(old) || (isHeadless(next) && isHeadless(old))) return [];
  const before = old.spec?.clusterIPs ?? [];
  const after = next.spec?.clusterIPs ?? [];
  const errors: FieldError[] = [];
  if (before.length === after.length) {
    before.forEach((address, index) => {
      if (address !== after[index]) errors.push(field.invalid(field.index("spec.clusterIPs", index), after, once));
    });
    return errors;
  }
  if (after.length === 0) {
    errors.push(field.invalid("spec.clusterIPs[0]", after, "primary clusterIP can not be unset"));
  } else if (before.length > 0 && before[0] !== after[0]) {
    errors.push(field.invalid("spec.clusterIPs[0]", after, once));
  }
  const policy = next.spec?.ipFamilyPolicy;
  if (before.length > after.length && after.length === 1 && policy !== "SingleStack") {
    const why = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    errors.push(field.invalid("spec.ipFamilyPolicy", policy ?? null, why));
  }
  return errors;
}

/** The first family stays too. */
export function familyChangeErrors(next: Service, old: Service): FieldError[] {
  if (!hasClusterAddress(next) || !hasClusterAddress(old) || isHeadless(next) || isHeadless(old)) return [];
  const before = old.spec?.ipFamilies ?? [];
  const after = next.spec?.ipFamilies ?? [];
  const errors: FieldError[] = [];
  if (before.length === after.length) {
    for (const [index, family] of before.entries()) {
      if (family !== after[index]) errors.push(field.invalid("spec.ipFamilies[0]", after, once));
    }
    return errors;
  }
  if (before.length > 0 && after.length > 0 && before[0] !== after[0]) {
    errors.push(field.invalid("spec.ipFamilies[0]", next.spec?.clusterIPs ?? null, once));
  }
  const policy = next.spec?.ipFamilyPolicy;
  if (before.length > after.length && after.length === 1 && policy !== "SingleStack") {
    const why = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    errors.push(field.invalid("spec.ipFamilyPolicy", policy ?? null, why));
  }
  return errors;
}
