// Bundles the page into `dist/`: index.html and files whose names contain a hash of their content, so that a
// browser may keep them forever.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "dist");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { page: "src/main.tsx" },
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  sourcemap: false,
  legalComments: "none",
  charset: "utf8",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.entries(result.metafile.outputs);
const [script, entry] = outputs.find(([, one]) => one.entryPoint === "src/main.tsx");
// What the script imports at once is named in the document: the browser asks for it before it reads the script.
const atOnce = (file) =>
  result.metafile.outputs[file].imports
    .filter((one) => one.kind === "import-statement" && one.path in result.metafile.outputs)
    .flatMap((one) => [one.path, ...atOnce(one.path)]);
const preloads = [...new Set(atOnce(script))].map((file) => `<link rel="modulepreload" href="/${basename(file)}">`);
const html = readFileSync(join(here, "index.html"), "utf8")
  .replace("{{preloads}}", preloads.join("\n"))
  .replace("{{script}}", `/${basename(script)}`)
  .replace("{{style}}", `/${basename(entry.cssBundle)}`);
writeFileSync(join(out, "index.html"), html);

for (const [file] of outputs) {
  const bytes = readFileSync(join(here, file));
  const packed = gzipSync(bytes).length;
  console.log(
    `${basename(file).padEnd(32)} ${String(bytes.length).padStart(8)} B  ${String(packed).padStart(7)} B gzip`,
  );
}
