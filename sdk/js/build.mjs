// Builds a plugin's component: bundles its source with the SDK and hands the bundle to QuickJS.
//
// node build.mjs --wit DIR --world ID --worlds router,… --entry src/index.js --out plugin.wasm [--tools DIR]
// DIR of --tools holds `node_modules` with esbuild and componentize-qjs; without it they are found from here.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { FUNCTIONS, INTERFACES, WORLDS } from "./src/shapes.js";

const here = dirname(fileURLToPath(import.meta.url));
const text = { type: "string" };
const { values: given } = parseArgs({
  options: { wit: text, world: text, worlds: text, entry: text, out: text, tools: { type: "string", default: here } },
});
for (const name of ["wit", "world", "worlds", "entry", "out"]) {
  if (!given[name]) throw new Error(`--${name} is missing`);
}
const require = createRequire(join(resolve(given.tools), "package.json"));
const esbuild = require("esbuild");
const { componentize } = require("componentize-qjs");

const worlds = given.worlds.split(",").map((name) => {
  if (!WORLDS[name]) throw new Error(`${name} is no world; there are ${Object.keys(WORLDS).join(", ")}`);
  return WORLDS[name];
});
const hasFunctions = (key) => Object.keys(FUNCTIONS).some((name) => name.startsWith(`${key}.`));
const imports = [...new Set(worlds.flatMap((world) => world.imports))].filter(hasFunctions);
const names = [...new Set(worlds.flatMap((world) => world.exports))];

// In the place of `modules.js`: what this world imports.
const modules = [
  ...imports.map((key) => `import * as ${key} from ${JSON.stringify(INTERFACES[key])};`),
  `export default { ${imports.join(", ")} };`,
].join("\n");
// The component exports what the plugin registered.
const entry = [
  `import { exported } from "@ucx/sdk";`,
  `import ${JSON.stringify(resolve(given.entry))};`,
  ...names.map((name) => `if (!exported.${name}) throw new Error("plugin.toml names a world that exports ${name}, and no ${name}(...) is called");`),
  ...names.map((name) => `export const ${name} = exported.${name};`),
].join("\n");

const bundled = await esbuild.build({
  stdin: { contents: entry, resolveDir: here, sourcefile: "entry.js" },
  bundle: true,
  format: "esm",
  target: "es2023",
  write: false,
  external: ["ucx:*", "wasi:*"],
  alias: { "@ucx/sdk": join(here, "src/index.js") },
  logLevel: "warning",
  plugins: [
    {
      name: "host-modules",
      setup(build) {
        build.onLoad({ filter: /[\\/]src[\\/]modules\.js$/ }, () => ({ contents: modules, loader: "js" }));
      },
    },
  ],
});
const place = mkdtempSync(join(tmpdir(), "ucx-build-"));
try {
  const jsPath = join(place, "bundle.js");
  writeFileSync(jsPath, bundled.outputFiles[0].text);
  const { component } = await componentize({
    witPath: resolve(given.wit),
    world: given.world,
    jsPath,
    jsSource: bundled.outputFiles[0].text,
    moduleRoot: place,
    sync: true,
    optSize: true,
  });
  writeFileSync(given.out, component);
} finally {
  rmSync(place, { recursive: true });
}
