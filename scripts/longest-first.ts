import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const repository = dirname(import.meta.dirname);

/** What takes longest on two cores, longest first. */
const long = [
  "e2e/updates.test.ts",
  "e2e/running-pods.test.ts",
  "e2e/patching.test.ts",
  "e2e/images.test.ts",
  "e2e/network.test.ts",
  "e2e/shop.test.ts",
  "e2e/kubectl.test.ts",
  "e2e/hostile.test.ts",
  "e2e/posture.test.ts",
  "e2e/private-registry.test.ts",
  "e2e/lifecycles/image-update.test.ts",
  "e2e/signatures.test.ts",
  "e2e/registry.test.ts",
  "e2e/cli/node-policy.test.ts",
  "e2e/cli.test.ts",
  "e2e/cli/instances.test.ts",
  "e2e/isolation.test.ts",
  "e2e/lifecycles/lifecycles.test.ts",
  "e2e/exchanges/exchanges.test.ts",
  "packages/images/integration/patch.test.ts",
  "packages/kubelet/integration/pods.test.ts",
  "packages/kubelet/integration/port.test.ts",
  "packages/network/integration/steadfast.test.ts",
  "packages/cli/integration/currency.test.ts",
  "packages/kubelet/integration/restart.test.ts",
  "packages/network/integration/guards.test.ts",
  "packages/images/integration/advisories.test.ts",
  "packages/images/integration/signatures.test.ts",
  "packages/store/integration/faults.test.ts",
  "packages/store/integration/model.test.ts",
];

/** Begins with what is known to take long, so that none of it runs on alone at the end; a fresh clone remembers no times. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = long.filter((name) => !existsSync(join(repository, name)));
    if (gone.length > 0) throw new Error(`scripts/longest-first.ts names what is not there: ${gone.join(", ")}`);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = long.indexOf(relative(repository, moduleId));
      return place === -1 ? long.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
