import { nameAlphabet, type PodTemplateSpec } from "@bulkhead/api";
import { canonical } from "../canonical.ts";

/** The label that tells a Deployment's ReplicaSets and their pods apart. */
export const podTemplateHash = "pod-template-hash";

/** The template without the hash label. */
function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [podTemplateHash]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Whether two templates make the same pods. */
export const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean =>
  canonical(withoutHash(a)) === canonical(withoutHash(b));

/** FNV-1a over the template and the count of collisions, in the alphabet of generated names. */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${canonical(template)}${collisionCount ?? ""}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  let name = "";
  for (const digit of String(hash)) name += nameAlphabet[digit.charCodeAt(0) % nameAlphabet.length];
  return name;
}
