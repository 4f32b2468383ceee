/**
 * For bundles that start often: takes Node's own modules as they are instead of importing them. For an import Node makes a module of
 * names around its own and reads every one of them, those included that load something more only when they are asked for
 * (`fs.promises`, `process.report`, all of `crypto`): a third of what the start of a command costs beside Node itself.
 */
export const nodeModulesAsTheyAre = {
  name: "node-modules-as-they-are",
  renderChunk(code) {
    const written = code.replace(
      /^import (?:([\w$]+)(?:, )?)?(?:\* as ([\w$]+)|\{([^}]*)\})? ?from "(node:[\w/]+)";$/gm,
      (_, whole, every, some, module) =>
        [whole, every, some === undefined ? undefined : `{${some.replaceAll(" as ", ": ")}}`]
          .filter((names) => names !== undefined)
          .map((names) => `const ${names} = process.getBuiltinModule("${module}");`)
          .join(" "),
    );
    const left = /^(?:import|export) .*["']node:[\w/]+["'];$/m.exec(written)?.[0];
    if (left !== undefined) throw new Error(`an import of Node's own in a form that is not known here: ${left}`);
    return written;
  },
};
