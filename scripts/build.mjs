// Bundles every program into dist/, one file each (some in pieces), under the pinned Node. Skips where nothing changed.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { storeFormat } from "../packages/store/src/store-format.ts";
import { nodeModulesAsTheyAre } from "./node-modules-as-they-are.mjs";
import { repository } from "./setup.mjs";
import { shippedFacts } from "./shipped.mjs";

const dist = join(repository, "dist");
/** Program → entry. */
const programs = {
  bulkhead: "packages/cli/src/main.ts",
  prepare: "packages/server/src/entries/prepare.ts",
  supervisor: "packages/server/src/entries/supervisor.ts",
  apiserver: "packages/server/src/entries/apiserver.ts",
  "store-writer": "packages/store/src/writer-thread.ts",
  controllers: "packages/server/src/entries/controllers.ts",
  agent: "packages/server/src/entries/agent.ts",
  "image-worker": "packages/server/src/entries/image-worker.ts",
  dns: "packages/server/src/entries/dns.ts",
};
/** What starts often, for something small: it loads what it needs, which halves the time of that. */
const inPieces = ["bulkhead", "image-worker"];
/** What every call takes is one piece, with all that it takes itself: a file costs a millisecond, whatever is in it. */
const together = [
  { name: "version", test: /cli\/src\/output\/version\.ts$/, priority: 1 },
  { name: "registration", test: /cli\/src\/registration\// },
];

function digest() {
  const hash = createHash("sha256");
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!["node_modules", "fixtures", "integration", "generate"].includes(entry.name)) walk(path);
      } else if (/\.(ts|json|mjs|txt|yaml|sh|conf)$/.test(entry.name) && !entry.name.endsWith(".test.ts")) {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${path}:${size}:${mtimeMs}\n`);
      }
    }
  };
  walk(join(repository, "packages"));
  walk(join(repository, "examples"));
  hash.update(readFileSync(join(repository, "package-lock.json")));
  for (const script of ["build", "node-modules-as-they-are", "shipped"])
    hash.update(readFileSync(join(import.meta.dirname, `${script}.mjs`)));
  return hash.digest("hex");
}

const mark = join(dist, "built");
const now = digest();
if (!existsSync(mark) || readFileSync(mark, "utf8") !== now) {
  process.stderr.write("bundling the programs …\n");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const held = {};
  for (const [name, entry] of Object.entries(programs)) {
    const bundle = await rolldown({
      input: join(repository, entry),
      platform: "node",
      logLevel: "warn",
      resolve: { conditionNames: ["node", "import", "default"] },
    });
    // In ASCII alone: V8 keeps a text with any other character in two bytes each, and every program keeps its own text.
    const form = {
      format: "esm",
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
      comments: { legal: true, annotation: false, jsdoc: false },
    };
    const written = inPieces.includes(name)
      ? await bundle.write({
          ...form,
          dir: dist,
          entryFileNames: `${name}.mjs`,
          chunkFileNames: `${name}-[name]-[hash].mjs`,
          codeSplitting: { groups: together },
          plugins: [nodeModulesAsTheyAre],
          banner: (chunk) => (chunk.isEntry && name === "bulkhead" ? "#!/usr/bin/env node" : ""),
        })
      : await bundle.write({ ...form, file: join(dist, `${name}.mjs`), codeSplitting: false });
    held[name] = written.output.flatMap((piece) => (piece.type === "chunk" ? piece.moduleIds : []));
    await bundle.close();
  }
  // The example that `bulkhead demo` deploys; its api is bundled with the database client it uses.
  const shop = join(repository, "examples", "shop");
  cpSync(shop, join(dist, "shop"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules") && !path.endsWith("package.json"),
  });
  const api = await rolldown({ input: join(shop, "api", "server.mjs"), platform: "node", logLevel: "warn" });
  await api.write({ file: join(dist, "shop", "api", "server.mjs"), format: "esm", codeSplitting: false });
  await api.close();
  const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8"));
  writeFileSync(join(dist, "shipped.json"), `${JSON.stringify(shippedFacts(lock, held, repository, storeFormat))}\n`);
  writeFileSync(join(dist, "package.json"), '{ "type": "module" }\n');
  writeFileSync(mark, now);
}
