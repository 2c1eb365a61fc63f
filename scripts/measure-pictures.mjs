// Measures what becomes of pictures that are not MNIST's: digits of fonts, photographs of them as JPEGs
// (tilted, in slanting light, grainy), and what is not one digit: letters, signs, two digits, framed ones.
// Says how many each model reads rightly and of how many it is warned, then of how many of MNIST's own
// test digits. Chromium draws them, with numbers of a fixed seed.
// Run: npm run build && node scripts/measure-pictures.mjs model.json hidden.json -- FONTS.woff2…
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import {
  loadSplit,
  normalise,
  pictureWarnings,
  pixelsAt,
  predict,
  readModel,
  readPicture,
} from '../dist/src/index.js';

/** @typedef {{ text: string, around?: 'frame' | 'ring', photo?: boolean }} Drawing */

const DIGITS = [...'0123456789'];
/** Without those that are digits in some hand: B b D g I i l O o q S s Z z, and their like. */
const LETTERS = [...'ACEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwxy'];

/** @type {Record<string, Drawing[]>} */
const KINDS = {
  'digits of fonts': DIGITS.map((text) => ({ text })),
  'photographs of them': DIGITS.map((text) => ({ text, photo: true })),
  letters: LETTERS.map((text) => ({ text })),
  signs: [...'-+=?!@#%&*/<>~$'].map((text) => ({ text })),
  'two digits or more': ['10', '12', '35', '47', '88', '96', '2024'].map((text) => ({ text })),
  'digits in a frame': DIGITS.map((text) => ({ text, around: 'frame' })),
  'digits in a ring': DIGITS.map((text) => ({ text, around: 'ring' })),
};

const split = process.argv.indexOf('--');
const modelFiles = process.argv.slice(2, split);
const fonts = process.argv.slice(split + 1);
if (split < 3 || fonts.length === 0) {
  console.error('error: expected models, -- and files of fonts.');
  process.exit(2);
}
const models = await Promise.all(modelFiles.map(async (file) => (await readModel(file)).model));
const folder = mkdtempSync(join(tmpdir(), 'backprop-pictures-'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
});
try {
  const page = await browser.newPage();
  for (const [k, font] of fonts.entries()) {
    await page.evaluate(loadFont, { name: `font${k}`, base64: readFileSync(font, 'base64') });
  }
  console.log(
    `${''.padEnd(20)}  pictures  warned  right: ${modelFiles.map((file) => basename(file)).join(', ')}`,
  );
  /** @type {Map<string, number[]>} */
  const byFont = new Map();
  for (const [kind, drawings] of Object.entries(KINDS)) {
    let [count, warned] = [0, 0];
    const right = models.map(() => 0);
    for (const [k, font] of fonts.entries()) {
      for (const drawing of drawings) {
        const file = join(folder, 'picture');
        const base64 = await page.evaluate(draw, { ...drawing, font: `font${k}`, seed: count + 1 });
        writeFileSync(file, Buffer.from(base64, 'base64'));
        count += 1;
        for (const [m, model] of models.entries()) {
          const picture = await readPicture(file, model);
          if (m === 0 && picture.warnings.length > 0) warned += 1;
          const isRight = String(predict(model, [picture.pixels])[0]?.predicted) === drawing.text;
          if (isRight) right[m] = (right[m] ?? 0) + 1;
          if (kind === 'digits of fonts') tally(byFont, basename(font), m, isRight);
        }
      }
    }
    const digits = kind.includes('fonts') || kind.includes('photographs');
    const cells = [String(count).padStart(8), String(warned).padStart(6)];
    console.log(`${kind.padEnd(20)}  ${cells.join('  ')}  ${digits ? right.join(', ') : ''}`);
  }
  const [model] = models;
  const { images } = await loadSplit('test', { name: 'mnist' });
  let warned = 0;
  for (let i = 0; model && i < images.count; i++) {
    const { rows: height, columns: width } = images;
    const picture = normalise({ width, height, values: pixelsAt(images, i) }, images);
    if (pictureWarnings(picture, model).length > 0) warned += 1;
  }
  console.log(
    `${"MNIST's test digits".padEnd(20)}  ${images.count}  ${String(warned).padStart(6)}`,
  );
  for (const [font, right] of byFont) console.log(`${font}: ${right.join(', ')} of 10`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {Map<string, number[]>} counts
 * @param {string} name
 * @param {number} at
 * @param {boolean} isRight
 */
function tally(counts, name, at, isRight) {
  const list = counts.get(name) ?? models.map(() => 0);
  counts.set(name, list);
  if (isRight) list[at] = (list[at] ?? 0) + 1;
}

/**
 * In the page.
 * @param {{ name: string, base64: string }} font
 */
async function loadFont({ name, base64 }) {
  const face = new FontFace(name, `url(data:font/woff2;base64,${base64})`);
  document.fonts.add(await face.load());
}

/**
 * In the page: a picture of 120 × 120 as PNG, or a photograph of 1200 × 1600 as JPEG, in base64.
 * @param {Drawing & { font: string, seed: number }} drawing
 */
async function draw({ text, around, photo, font, seed }) {
  let state = seed * 2654435761;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let k = 0; k < 8; k++) random();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = photo ? [1200, 1600] : [120, 120];
  const { width, height } = canvas;
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  g.fillStyle = 'white';
  if (photo) {
    const turn = 2 * Math.PI * random();
    const [dx, dy] = [800 * Math.cos(turn), 800 * Math.sin(turn)];
    const light = g.createLinearGradient(600 - dx, 800 - dy, 600 + dx, 800 + dy);
    light.addColorStop(0, 'rgb(228 222 210)');
    light.addColorStop(1, 'rgb(128 124 118)');
    g.fillStyle = light;
  }
  g.fillRect(0, 0, width, height);
  g.fillStyle = g.strokeStyle = photo ? 'rgb(40 48 80)' : 'black';
  const size = photo ? 400 + 300 * random() : 70 / Math.min(2, Math.max(1, text.length * 0.7));
  g.translate(width * (photo ? 0.4 + 0.2 * random() : 0.5), height / 2);
  if (photo) g.rotate((10 * (random() - 0.5) * Math.PI) / 180);
  g.font = `${size}px ${font}`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillText(text, 0, size / 20);
  g.lineWidth = 4;
  if (around === 'frame') g.strokeRect(-46, -50, 92, 100);
  if (around === 'ring') {
    g.beginPath();
    g.arc(0, 0, 52, 0, 2 * Math.PI);
    g.stroke();
  }
  if (photo) {
    const image = g.getImageData(0, 0, width, height);
    for (let i = 0; i < image.data.length; i++) {
      if (i % 4 < 3) image.data[i] = (image.data[i] ?? 0) + 16 * (random() + random() - 1);
    }
    g.putImageData(image, 0, 0);
  }
  return canvas.toDataURL(photo ? 'image/jpeg' : 'image/png', 0.8).replace(/^.*,/, '');
}
