import type { Volume } from "../../generated/types.ts";

interface Placed {
  readonly path: string;
  readonly source: string;
}

const shown = ({ path, source }: Placed): string => (source === "" ? `"${path}"` : `"${path}" (${source})`);

const overlap = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

const maxCompared = 500;
const maxFound = 100;

function overlaps(paths: readonly Placed[]): string[] {
  const found: string[] = [];
  const before: Placed[] = [];
  for (const given of paths) {
    const placed = { ...given, path: given.path.replace(/\/+$/, "") };
    for (const other of placed.path === "" ? [] : before) {
      if (other.path !== "" && overlap(other.path, placed.path)) found.push(`${shown(placed)} with ${shown(other)}`);
    }
    if (found.length >= maxFound) return found;
    // Warnings tell of a few; a volume of thousands of files is not compared file by file.
    if (before.length < maxCompared) before.push(placed);
  }
  return found;
}

const placed = (items: readonly { readonly path: string }[] | undefined, source: string): Placed[] =>
  (items ?? []).map(({ path }) => ({ path, source }));

function projectedPaths(volume: Volume, warnings: string[]): Placed[] {
  return (volume.projected?.sources ?? []).flatMap((source) => {
    const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
    if (Object.keys(source).length === 0) {
      warnings.push(`volume "${volume.name}" (Projected) has no sources provided`);
      return [];
    }
    if (configMap?.items !== undefined) return placed(configMap.items, `ConfigMap "${configMap.name ?? ""}"`);
    if (secret?.items !== undefined) return placed(secret.items, `Secret "${secret.name ?? ""}"`);
    if (downwardAPI?.items !== undefined) return placed(downwardAPI.items, "DownwardAPI");
    if (serviceAccountToken !== undefined) return placed([serviceAccountToken], "ServiceAccountToken");
    if (clusterTrustBundle !== undefined) {
      const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? "";
      return placed([clusterTrustBundle], `ClusterTrustBundle "${name}"`);
    }
    const { certificateChainPath = "", keyPath = "", credentialBundlePath = "" } = podCertificate ?? {};
    return [
      { path: certificateChainPath, source: "PodCertificate chain" },
      { path: keyPath, source: "PodCertificate key" },
      { path: credentialBundlePath, source: "PodCertificate credential bundle" },
    ].filter(({ path }) => path !== "");
  });
}

/** Files of one volume that would stand in each other's place. */
export function pathOverlapWarnings(volumes: readonly Volume[]): string[] {
  const warnings: string[] = [];
  for (const volume of volumes) {
    const { name, configMap, secret, downwardAPI } = volume;
    const sources = [
      { of: `ConfigMap "${configMap?.name ?? ""}"`, paths: placed(configMap?.items, "") },
      { of: `Secret "${secret?.secretName ?? ""}"`, paths: placed(secret?.items, "") },
      { of: "DownwardAPI", paths: placed(downwardAPI?.items, "") },
      { of: "Projected", paths: projectedPaths(volume, warnings) },
    ];
    for (const { of, paths } of sources) {
      for (const text of overlaps(paths)) warnings.push(`volume "${name}" (${of}): overlapping paths: ${text}`);
    }
  }
  return warnings;
}
