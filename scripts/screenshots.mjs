// Makes the README's pictures from the built program: the report page and its derivation in the light
// and the dark scheme, and backprop-explain in a terminal. Needs Debian's chromium and python3.
// Run: npm run build && node scripts/screenshots.mjs [folder with another build's dist]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { decode, encode } from 'fast-png';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(resolve(process.argv[2] ?? root), 'dist', 'bin');
const target = join(root, '.github');
const width = 960;
const height = 1160;
/** Of the section with the derivation. */
const marginAbove = 48;
/** Of the terminal: from the picture x to ∂L/∂v = labels − y. */
const columns = 78;
const lines = 69;

const cwd = mkdtempSync(join(tmpdir(), 'screenshots-'));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  node('backprop-train', '-q', '--validation', '0.1', '--report', 'page.html');
  const address = pathToFileURL(join(cwd, 'page.html')).href;
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height } });
    await page.goto(address);
    await drawSeven(page);
    save(`page-${colorScheme}.png`, await page.screenshot());
    const section = await page.locator('#derivation').boundingBox();
    const clip = { x: 0, y: (section?.y ?? 0) - marginAbove, width, height };
    save(`derivation-${colorScheme}.png`, await page.screenshot({ fullPage: true, clip }));
  }

  node('backprop-train', '-q');
  const page = await browser.newPage({ deviceScaleFactor: 1.5 });
  await page.setContent(htmlOf(explainInTerminal()));
  save('explain.png', await page.locator('pre').screenshot());
} finally {
  await browser.close();
  rmSync(cwd, { recursive: true });
}

/**
 * On the page's pad.
 * @param {import('playwright-core').Page} page
 */
async function drawSeven(page) {
  const { mouse } = page;
  const box = await page.locator('#pad-canvas').boundingBox();
  const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
  const stroke = [
    [0.28, 0.26],
    [0.7, 0.24],
    [0.44, 0.82],
  ];
  for (const [n, [across = 0, down = 0]] of stroke.entries()) {
    await mouse.move(x + across * width, y + down * height, { steps: 8 });
    if (n === 0) await mouse.down();
  }
  await mouse.up();
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function node(command, ...args) {
  execFileSync(process.execPath, [join(bin, `${command}.js`), ...args], { cwd, stdio: 'ignore' });
}

/** What a colour terminal gets. */
function explainInTerminal() {
  const terminal = join(root, 'test', 'cli', 'pseudo-terminal.py');
  const command = [process.execPath, join(bin, 'backprop-explain.js'), 'model.json'];
  const { CI, NO_COLOR, ...others } = process.env;
  const env = { ...others, TERM: 'xterm-256color', COLORTERM: 'truecolor' };
  const args = [terminal, String(columns), '', ...command, '--index', '115'];
  const text = execFileSync('python3', args, { cwd, env, encoding: 'utf8' });
  return text.replaceAll('\r', '').split('\n').slice(0, lines).join('\n');
}

/**
 * Escape codes for colour and weight as spans in a `pre`.
 * @param {string} ansi
 */
function htmlOf(ansi) {
  const [first, ...rest] = ansi.split('\x1b[');
  /** @type {Record<string, string>} */
  let style = {};
  const spans = rest.map((part) => {
    const end = part.indexOf('m');
    style = styleAfter(style, part.slice(0, end).split(';').map(Number));
    const css = Object.entries(style).map(([name, value]) => `${name}:${value}`);
    const text = part.slice(end + 1).replaceAll('<', '&lt;');
    return `<span style="${css.join(';')}">${text}</span>`;
  });
  return `<style>
    body { margin: 0 }
    pre {
      display: inline-block; margin: 0; padding: 16px 20px;
      background: #16171a; color: #dcdcdc; font: 14px/1.164 "DejaVu Sans Mono";
    }
  </style><pre>$ backprop-explain model.json --index 115\n${first}${spans.join('')}</pre>`;
}

/**
 * @param {Record<string, string>} style
 * @param {number[]} codes
 */
function styleAfter(style, codes) {
  const after = { ...style };
  while (codes.length > 0) {
    const code = codes.shift();
    if (code === 0) return {};
    if (code === 1) after['font-weight'] = 'bold';
    else if (code === 2) after.opacity = '0.6';
    else if (code === 22) Object.assign(after, { 'font-weight': 'normal', opacity: '1' });
    else if (code === 36) after.color = '#4ec9d8';
    else if (code === 39) after.color = 'inherit';
    else if ((code === 38 || code === 48) && codes.shift() === 2) {
      after[code === 38 ? 'color' : 'background'] = `rgb(${codes.splice(0, 3)})`;
    } else throw new Error(`unknown escape code ${code}`);
  }
  return after;
}

/**
 * As a PNG of at most 256 colours: the most frequent ones of a coarse grid, the others as the nearest.
 * @param {string} name
 * @param {Uint8Array} screenshot
 */
function save(name, screenshot) {
  const { width, height, channels, data } = decode(screenshot);
  /** @type {Map<number, number>} */
  const counts = new Map();
  const pixels = Uint32Array.from({ length: width * height }, (_, i) => {
    const [r = 0, g = 0, b = 0] = data.subarray(i * channels, i * channels + 3);
    const colour = ((r & 0xfc) << 16) | ((g & 0xfc) << 8) | (b & 0xfc);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
    return colour;
  });
  const palette = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 256)
    .map(([colour]) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const nearest = new Map([...counts.keys()].map((colour) => [colour, nearestIn(palette, colour)]));
  const indices = Uint8Array.from(pixels, (colour) => nearest.get(colour) ?? 0);
  // Bits that the grid cut off come back, so that white is white.
  const full = palette.map((rgb) => rgb.map((value) => value | (value >> 6)));
  const image = { width, height, data: indices, depth: /** @type {const} */ (8), channels: 1 };
  const png = encode({ ...image, palette: full }, { zlib: { level: 9 } });
  writeFileSync(join(target, name), png);
  console.log(`${name}  ${width}×${height}  ${Math.round(png.length / 1000)} kB`);
}

/**
 * @param {number[][]} palette
 * @param {number} colour
 */
function nearestIn(palette, colour) {
  const rgb = [colour >> 16, (colour >> 8) & 255, colour & 255];
  const distances = palette.map((entry) =>
    entry.reduce((sum, value, at) => sum + (value - (rgb[at] ?? 0)) ** 2, 0),
  );
  return distances.indexOf(Math.min(...distances));
}
