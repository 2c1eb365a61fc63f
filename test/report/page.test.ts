import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { derive, deriveForward } from '../../src/derivation.js';
import { normalise } from '../../src/image/normalise.js';
import { pictureOf, sampleAt, sampleOf } from '../../src/images.js';
import { argmax } from '../../src/layers/floats.js';
import { parametersOf } from '../../src/network.js';
import { type ReportInput, reportPage } from '../../src/report/report.js';
import { afterStep } from '../../src/sgd.js';
import { hasChromium, launchChromium } from './browser.js';
import { builtAssets, trainedInput } from './input.js';

let browser: Browser;
let input: ReportInput;
let folder: string;
let context: BrowserContext | undefined;
const complaints: string[] = [];

describe.skipIf(!hasChromium)('the page in Chromium (skipped where there is none)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backprop report ✓ '));
    input = await trainedInput();
    writeFileSync(join(folder, 'report.html'), reportPage(input, builtAssets()));
    browser = await launchChromium();
  });

  afterEach(async () => {
    await context?.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('fits in %s at %i pixels, without a word on the console', async (scheme, width) => {
    const page = await open(scheme, width);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const other = scheme === 'light' ? 'dark' : 'light';
    await page.emulateMedia({ colorScheme: other });
    expect(await page.title()).toContain('mnist-mini');
  });

  test('answers a drawing as the library does, to the last digit', async () => {
    const page = await open();
    await draw(page);
    const pixels = await normalisedDrawing(page);
    const expected = deriveForward(saved(), pictureOf(pixels, input.model));
    expect(await page.locator('#pad-answer').textContent()).toBe(String(argmax(expected.v)));
    expect(await vector(page, '#pad .answer', 'v')).toEqual([...expected.v]);
    // Math.exp may differ in its last bit from one version of V8 to another.
    for (const [i, y] of (await vector(page, '#pad .answer', 'y')).entries()) {
      expect(y).toBeCloseTo(expected.y[i]!, 12);
    }
  });

  test('shows the step for the chosen label, takes it on a copy, and resets', async () => {
    const page = await open();
    await draw(page);
    await page.locator('#pad-labels label').nth(3).click();
    const pixels = await normalisedDrawing(page);
    const { x, labels } = sampleOf(pixels, 3, input.model);
    const before = derive(saved(), x, labels);
    const after = derive(afterStep(saved(), input.model, before, 0.5), x, labels);
    const number = async (id: string): Promise<number> =>
      Number(await page.locator(id).getAttribute('value'));
    expect(await number('#pad-L-before')).toBeCloseTo(before.L, 12);
    expect(await number('#pad-L-after')).toBeCloseTo(after.L, 12);
    expect(after.L).toBeGreaterThan(before.L);
    await page.locator('#pad-step').click();
    expect(await page.locator('#pad-steps').textContent()).toBe('1 step taken.');
    expect(await number('#pad-L-before')).toBeCloseTo(after.L, 12);
    const moved = await vector(page, '#pad .answer', 'v');
    expect(moved[3]).toBeCloseTo(after.v[3]!, 12);
    await page.locator('#pad-reset').click();
    expect(await number('#pad-L-before')).toBeCloseTo(before.L, 12);
  });

  test('works with keys alone: draws, takes back, labels, steps', async () => {
    const page = await open();
    const pad = page.locator('#pad-canvas');
    await pad.focus();
    for (const key of ['Space', ...Array(14).fill('ArrowDown'), 'Space']) await pad.press(key);
    expect(await page.locator('#pad-answer').textContent()).toMatch(/^\d$/);
    await page.locator('#pad-labels input').first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#pad-labels input:checked').inputValue()).toBe('1');
    await page.locator('#pad-step').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#pad-steps').textContent()).toBe('1 step taken.');
    await pad.focus();
    await pad.press('Backspace');
    await expect.poll(() => page.locator('#pad-answer').textContent()).toBe('–');
    expect(await page.locator('#pad-lesson').isHidden()).toBe(true);
  });

  test('the slider shows the weights of other epochs', async () => {
    const page = await open();
    const picture = (): Promise<string> =>
      page
        .locator('[data-weight="3"]')
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const slider = page.locator('#weights-slider');
    const last = await picture();
    expect(await slider.getAttribute('aria-valuetext')).toBe('epoch 3 of 3');
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await page.locator('#weights-epoch').textContent()).toBe('0 of 3');
    expect(await picture()).not.toBe(last);
    await page.keyboard.press('End');
    expect(await picture()).toBe(last);
  });

  test('a cell opens its pictures, by keys too, and one leads to the derivation', async () => {
    const page = await open();
    const cells = page.locator('[data-cell]');
    const wrong = page.locator('[data-cell].wrong').first();
    await cells.first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-cell'))).not.toBe(
      await cells.first().getAttribute('data-cell'),
    );
    await wrong.focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#cell').isVisible()).toBe(true);
    const count = Number(await wrong.getAttribute('data-count'));
    expect(await page.locator('#cell-pictures li').count()).toBe(Math.min(24, count));
    await page.keyboard.press('Escape');
    expect(await page.locator('#cell').isVisible()).toBe(false);
    await wrong.click();
    await page.locator('#cell-pictures button').first().click();
    const [label, predicted] = (await wrong.getAttribute('data-cell'))!.split(',');
    const chosen = await page.locator('#derivation-chosen').textContent();
    expect(chosen).toContain(`a ${label}, taken for ${predicted}`);
  });

  test('the derivation shows the numbers of the chosen picture', async () => {
    const page = await open();
    await page.locator('#mistakes [data-picture]').first().click();
    const text = (await page.locator('#derivation-chosen').textContent())!;
    const index = Number(text.match(/№ (\d+)/)![1]);
    const { x, labels } = sampleAt(input.images, index);
    expect(await vector(page, '#derivation', 'v')).toEqual([...derive(saved(), x, labels).v]);
    expect(await vector(page, '#derivation .step:nth-child(3)', 'dv')).toHaveLength(10);
    const before = await page.locator('#derivation-pixel').textContent();
    await page.locator('[data-map=x]').press('ArrowDown');
    expect(await page.locator('#derivation-pixel').textContent()).not.toBe(before);
    await page.locator('#derivation-class').selectOption('7');
    const slot = page.locator('#derivation .slot-i').first();
    expect(await slot.textContent()).toBe('7');
  });
});

/** The page from disk, with the network off; whatever it complains of is an error of the test. */
async function open(colorScheme: 'light' | 'dark' = 'light', width = 1280): Promise<Page> {
  context = await browser.newContext({
    ...{ colorScheme, offline: true, reducedMotion: 'reduce' },
    viewport: { width, height: 900 },
  });
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(folder, 'report.html')).href);
  return page;
}

/** A seven, with the mouse. */
async function draw(page: Page): Promise<void> {
  const canvas = page.locator('#pad-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await canvas.boundingBox())!;
  const move = (across: number, down: number): Promise<void> =>
    page.mouse.move(x + across * width, y + down * height, { steps: 5 });
  await move(0.3, 0.25);
  await page.mouse.down();
  await move(0.7, 0.25);
  await move(0.45, 0.85);
  await page.mouse.up();
  await expect.poll(() => page.locator('#pad-answer').textContent()).toMatch(/^\d$/);
}

/** What stands on the pad, read from its canvas and normalised by the library here. */
async function normalisedDrawing(page: Page): Promise<Uint8Array> {
  const drawn = await page.locator('#pad-canvas').evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = (element as HTMLCanvasElement).getContext('2d')!;
    const { data } = context.getImageData(0, 0, width, height);
    return {
      width,
      height,
      alpha: Array.from({ length: width * height }, (_, at) => data[4 * at + 3]!),
    };
  });
  const margin = 8;
  const width = drawn.width + 2 * margin;
  const height = drawn.height + 2 * margin;
  const values = new Uint8Array(width * height);
  for (const [at, alpha] of drawn.alpha.entries()) {
    const row = Math.floor(at / drawn.width) + margin;
    values[row * width + (at % drawn.width) + margin] = alpha;
  }
  return normalise({ width, height, values }, input.model).pixels;
}

/** A column of the first table that has it, in full precision. */
async function vector(page: Page, host: string, key: string): Promise<number[]> {
  const table = page.locator(`${host} table`).filter({ has: page.locator(`[data-vector=${key}]`) });
  const cells = table.first().locator(`[data-vector=${key}]`);
  return cells.evaluateAll((all) => all.map((cell) => Number((cell as HTMLDataElement).value)));
}

function saved() {
  return parametersOf(Float64Array.from(input.model.parameters), input.model);
}
