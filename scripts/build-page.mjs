// Makes dist/src/report/page.json, what every report is made of: the page's script, bundled from the
// compiled src/report/page with the layers that it imports; its style; its formulas as MathML.
// Run: npm run build:page (after tsc)
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import temml from 'temml';
import { PAGE_FORMULAS } from '../dist/src/report/formulas.js';

const root = new URL('../', import.meta.url);
/** In the order in which they are put together. */
const styles = ['base', 'parts', 'derivation', 'pad', 'print'];

const style = styles
  .map((name) => readFileSync(new URL(`src/report/page/${name}.css`, root), 'utf8'))
  .join('\n')
  .replace(/\/\*.*?\*\//gs, '')
  .replace(/\s+/g, ' ');
const page = { script: await bundle(), style, formulas: formulas() };
writeFileSync(new URL('dist/src/report/page.json', root), JSON.stringify(page));

async function bundle() {
  const input = fileURLToPath(new URL('dist/src/report/page/main.js', root));
  // The page has no use for the table of quantities, nor for the TeX in it.
  const treeshake = { manualPureFunctions: ['String.raw'] };
  const bundle = await rolldown({ input, platform: 'browser', treeshake });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  const [{ code, imports }] = output;
  if (imports.length > 0) throw new Error(`no browser has ${imports}, which the page imports`);
  return code.trim();
}

function formulas() {
  const texts = Object.entries(PAGE_FORMULAS).map(([name, tex]) => {
    const displayMode = !/Symbol\d?$/.test(name);
    const math = temml.renderToString(tex, { displayMode, trust: true, throwOnError: true });
    // The page's policy forbids style attributes; what they would do, the style sheet does.
    return [name, math.replace(/ style="[^"]*"/g, '')];
  });
  return Object.fromEntries(texts);
}
