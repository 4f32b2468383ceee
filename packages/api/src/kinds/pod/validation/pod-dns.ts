import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { HostAlias, PodDNSConfig } from "../../../generated/types.ts";
import { isDNS1123Subdomain, maxLengthError, regexError } from "../../../name-validation.ts";
import { addressErrors } from "../../addresses.ts";

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchCharacters = 2048;

const label = "[a-z0-9_]([-_a-z0-9]*[a-z0-9])?";
const searchPattern = new RegExp(`^${label}(\\.${label})*$`);

/** A search domain may have underscores, as resolvers take them. */
function searchErrors(search: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(search) > 253) errors.push(field.invalid(path, search, maxLengthError(253)));
  if (!searchPattern.test(search)) {
    const why = regexError(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
      `${label}(\\.${label})*`,
      "example.com",
    );
    errors.push(field.invalid(path, search, why));
  }
  return errors;
}

export function checkDnsConfig(
  errors: FieldError[],
  path: string,
  config: PodDNSConfig | undefined,
  policy: string | undefined,
): void {
  const nameservers = config?.nameservers ?? [];
  if (policy === "None") {
    if (config === undefined) {
      errors.push(field.required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    if (nameservers.length === 0) {
      const why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      errors.push(field.required(`${path}.nameservers`, why));
      return;
    }
  }
  if (config === undefined) return;
  if (nameservers.length > maxNameservers) {
    const why = `must not have more than ${maxNameservers} nameservers`;
    errors.push(field.invalid(`${path}.nameservers`, nameservers, why));
  }
  for (const [index, server] of nameservers.entries()) {
    errors.push(...addressErrors(field.index(`${path}.nameservers`, index), server));
  }
  const { searches = [], options = [] } = config;
  if (searches.length > maxSearches) {
    const why = `must not have more than ${maxSearches} search paths`;
    errors.push(field.invalid(`${path}.searches`, searches, why));
  }
  if (searches.join(" ").length > maxSearchCharacters) {
    const why = `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`;
    errors.push(field.invalid(`${path}.searches`, searches, why));
  }
  for (const [index, search] of searches.entries()) {
    if (search === ".") continue;
    errors.push(...searchErrors(search.replace(/\.$/, ""), field.index(`${path}.searches`, index)));
  }
  for (const [index, { name = "" }] of options.entries()) {
    if (name === "") errors.push(field.required(field.index(`${path}.options`, index), "must not be empty"));
  }
}

export function checkHostAliases(errors: FieldError[], path: string, aliases: readonly HostAlias[]): void {
  for (const [index, { ip, hostnames = [] }] of aliases.entries()) {
    const at = field.index(path, index);
    errors.push(...addressErrors(`${at}.ip`, ip));
    for (const [nameIndex, name] of hostnames.entries()) {
      const where = field.index(`${at}.hostnames`, nameIndex);
      errors.push(...isDNS1123Subdomain(name).map((message) => field.invalid(where, name, message)));
    }
  }
}
