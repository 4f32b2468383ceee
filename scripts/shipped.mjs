// What the lock file holds, and which of it the programs really have in them: for `bulkhead current`.
import { join, sep } from "node:path";

/** `node_modules/a/node_modules/@b/c` → `@b/c`. */
const nameOf = (key) => key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length);

/**
 * One entry for each package of the lock file. `held`: program → paths of the modules in it. The deepest folder that holds
 * a module is whose module it is. `schema`: which formats of the database these programs read.
 */
export function shippedFacts(lock, held, repository, schema) {
  const packages = Object.entries(lock.packages).filter(
    ([key, entry]) => key.includes("node_modules/") && entry.link !== true,
  );
  const counts = new Map(packages.map(([key]) => [key, {}]));
  for (const [program, modules] of Object.entries(held))
    for (const module of modules) {
      const path = module.replace(/^\0/, "").split("?")[0];
      if (!path.startsWith(repository + sep)) continue;
      let folder = path.slice(repository.length + 1);
      while (folder !== "." && folder !== "") {
        const found = counts.get(folder);
        if (found !== undefined) {
          found[program] = (found[program] ?? 0) + 1;
          break;
        }
        folder = folder.includes("/") ? folder.slice(0, folder.lastIndexOf("/")) : "";
      }
    }
  // The Node that runs every program comes as a package too, and is copied as it is.
  const node = counts.get(join("node_modules", `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`));
  if (node !== undefined) node.node = 1;
  return {
    format: 1,
    version: lock.packages[""]?.version ?? lock.version,
    schema,
    dependencies: packages.map(([key, { version, integrity, license, dev, devOptional }]) => ({
      name: nameOf(key),
      version,
      ...(integrity === undefined ? {} : { integrity }),
      ...(license === undefined ? {} : { license }),
      dev: dev === true || devOptional === true,
      in: counts.get(key),
    })),
  };
}
