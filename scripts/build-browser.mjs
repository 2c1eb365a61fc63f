// Makes dist/src/browser.js one file that imports nothing, from what tsc has made of it: with the fast
// kernel in it as base64, a bundler and a bare <script type="module"> take it alike, and it loads nothing.
// Run: npm run build:browser (after build:kernel and tsc)
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = new URL('../dist/src/', import.meta.url);
const file = fileURLToPath(new URL('browser.js', dist));
const wasm = readFileSync(new URL('kernel/simd-browser.wasm', dist)).toString('base64');
const bundle = await rolldown({
  input: file,
  platform: 'browser',
  transform: { define: { SIMD_WASM: JSON.stringify(wasm) } },
});
const { output } = await bundle.write({ file, format: 'esm', codeSplitting: false, minify: true });
const [{ imports }] = output;
if (imports.length > 0) throw new Error(`no browser has ${imports}, which the library imports`);
