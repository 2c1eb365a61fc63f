import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { encode } from 'fast-png';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { derive, deriveForward } from '../../src/derivation.js';
import { normalise } from '../../src/image/normalise.js';
import { pictureOf, pixelsAt, sampleAt, sampleOf } from '../../src/images.js';
import { argmax } from '../../src/layers/floats.js';
import { parametersOf } from '../../src/network.js';
import { predict } from '../../src/predict.js';
import { choosePictures } from '../../src/report/choose-pictures.js';
import { contributionsOf } from '../../src/report/contributions.js';
import { type ReportInput, reportPage } from '../../src/report/report.js';
import { PAGE_EN } from '../../src/report/words/en.js';
import { PAGE_RU } from '../../src/report/words/ru.js';
import { afterStep } from '../../src/sgd.js';
import { figure } from '../../src/text/numbers.js';
import { hasChromium, launchChromium } from './browser.js';
import { builtAssets, type TrainedInput, trainedInput } from './input.js';

let browser: Browser;
let input: TrainedInput;
/** With two hidden layers. */
let deep: ReportInput;
let folder: string;
let context: BrowserContext | undefined;
const complaints: string[] = [];

describe.skipIf(!hasChromium)('the page in Chromium (skipped where there is none)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backprop report ✓ '));
    input = await trainedInput();
    deep = await trainedInput([70, 8]);
    writeFileSync(join(folder, 'report.html'), reportPage(input, builtAssets()));
    writeFileSync(join(folder, 'deep.html'), reportPage(deep, builtAssets()));
    const russian = [
      reportPage(input, builtAssets(), PAGE_RU),
      reportPage(deep, builtAssets(), PAGE_RU),
    ];
    writeFileSync(join(folder, 'ru.html'), russian[0]!);
    writeFileSync(join(folder, 'ru-deep.html'), russian[1]!);
    const dataset = { name: 'fashion-mnist', split: 'test' };
    const training = { ...input.model.training, dataset: { ...dataset, sha256: '0'.repeat(64) } };
    const fashion = { ...input, dataset, model: { ...input.model, training } };
    writeFileSync(join(folder, 'fashion.html'), reportPage(fashion, builtAssets()));
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
    ['report.html', 'light', 1280],
    ['report.html', 'light', 390],
    ['report.html', 'dark', 1280],
    ['report.html', 'dark', 390],
    ['report.html', 'light', 320],
    ['deep.html', 'light', 390],
    ['deep.html', 'dark', 1280],
    ['ru.html', 'light', 390],
    ['ru-deep.html', 'light', 390],
    ['ru-deep.html', 'dark', 320],
    ['fashion.html', 'light', 320],
  ] as const)(
    '%s fits in %s at %i pixels, without a word on the console',
    async (file, scheme, width) => {
      const page = await open(scheme, width, file);
      const across = () => page.evaluate(() => document.documentElement.scrollWidth);
      expect(await across()).toBe(width);
      await draw(page);
      await page.locator('#pad-labels label').nth(3).click();
      await page.locator('#pad-step').click();
      expect(await across()).toBe(width);
      const other = scheme === 'light' ? 'dark' : 'light';
      await page.emulateMedia({ colorScheme: other });
      expect(await page.title()).toMatch(/^model\.json · (mnist-mini|fashion-mnist)$/);
    },
  );

  test('speaks Russian where the page does', async () => {
    const page = await open('light', 1280, 'ru.html');
    expect(await page.locator('#derivation-chosen').textContent()).toMatch(
      /^Изображение № \d+: верный класс \d, ответ сети \d с вероятностью \d+,\d\u00a0%\.$/,
    );
    await draw(page);
    await page.locator('#pad-labels input').nth(7).check({ force: true });
    for (const said of ['Сделан 1 шаг.', 'Сделано 2 шага.']) {
      await page.locator('#pad-step').click();
      expect(await page.locator('#pad-steps').textContent()).toBe(said);
    }
    expect(await page.locator('#pad-L-before').textContent()).toMatch(/^−\d+,\d+$/);
    expect(await page.locator('#pad-answer-after').textContent()).toMatch(/^\d \(\d+,\d\u00a0%\)$/);
  });

  test('names the classes of Fashion-MNIST', async () => {
    const page = await open('light', 1280, 'fashion.html');
    await draw(page);
    const names = PAGE_EN.classNames['fashion-mnist']!;
    const answer = Number(await page.locator('#pad-answer').textContent());
    expect(await page.locator('#pad-sure').textContent()).toContain(`${names[answer]}\nwith `);
    await page.locator('#pad-labels label').nth(9).click();
    await page.locator('#pad-follow').click();
    const chosen = await page.locator('#derivation-chosen').textContent();
    expect(chosen).toContain('a 9 Ankle boot, taken for');
    await page.locator('[data-cell="0,0"]').click();
    expect(await page.locator('#cell-title').textContent()).toBe('0 T-shirt/top, recognised');
  });

  test('answers a drawing as the library does, to the last digit', async () => {
    const page = await open();
    await draw(page);
    const pixels = await normalisedDrawing(page);
    const expected = deriveForward(saved(input), pictureOf(pixels, input.model));
    expect(await page.locator('#pad-answer').textContent()).toBe(String(argmax(expected.v)));
    expect(await vector(page, '#pad .answer', 'v')).toEqual([...expected.v]);
    // Math.exp may differ in its last bit from one version of V8 to another.
    for (const [i, y] of (await vector(page, '#pad .answer', 'y')).entries()) {
      expect(y).toBeCloseTo(expected.y[i]!, 12);
    }
  });

  test.each([
    ['without', 'report.html'],
    ['with', 'deep.html'],
  ])(
    '%s hidden layers shows the step for the chosen label, takes it on a copy, and resets',
    async (_, file) => {
      const page = await open('light', 1280, file);
      const about = file === 'deep.html' ? deep : input;
      await draw(page);
      await page.locator('#pad-labels label').nth(3).click();
      await page.locator('#pad-rate').fill('0.5');
      const pixels = await normalisedDrawing(page);
      const { x, labels } = sampleOf(pixels, 3, about.model);
      const before = derive(saved(about), x, labels);
      const after = derive(afterStep(saved(about), about.model, before, 0.5), x, labels);
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
    },
  );

  test.each([
    ['without', 'report.html'],
    ['with', 'deep.html'],
  ])(
    '%s hidden layers suggests a rate that raises y by ten points, and keeps the user’s own',
    async (_, file) => {
      const page = await open('light', 1280, file);
      await draw(page);
      await page.locator('#pad-labels label').nth(3).click();
      const rise = async (): Promise<number> => {
        const [before] = (await vector(page, '#pad .answer', 'y')).slice(3);
        const [after] = (await vector(page, '#pad-lesson', 'yAfter')).slice(3);
        return after! - before!;
      };
      expect(await rise()).toBeCloseTo(0.1, 2);
      const suggested = await page.locator('#pad-rate').inputValue();
      await page.locator('#pad-step').click();
      expect(await rise()).toBeCloseTo(0.1, 2);
      await page.locator('#pad-rate').fill('0.5');
      expect(await rise()).toBeGreaterThan(0.3);
      await page.locator('#pad-labels label').nth(4).click();
      expect(await page.locator('#pad-rate').inputValue()).toBe('0.5');
      await page.locator('#pad-labels label').nth(3).click();
      await page.locator('#pad-reset').click();
      await page.locator('#pad-rate-own').click();
      expect(await page.locator('#pad-rate').inputValue()).toBe(suggested);
      expect(await page.locator('#pad-rate-own').isHidden()).toBe(true);
    },
  );

  test('a rate below 0 or none is said to be none, and no step is taken', async () => {
    const page = await open();
    await draw(page);
    await page.locator('#pad-labels label').nth(3).click();
    for (const rate of ['-3', '']) {
      await page.locator('#pad-rate').fill(rate);
      expect(await page.locator('#pad-rate-error').textContent()).toContain('0 or more');
      expect(await page.locator('#pad-step').isDisabled()).toBe(true);
      expect(await page.locator('#pad-L-after').textContent()).toBe('–');
    }
    await page.locator('#pad-rate').fill('0.01');
    expect(await page.locator('#pad-rate-error').isHidden()).toBe(true);
    expect(await page.locator('#pad-step').isEnabled()).toBe(true);
  });

  test('shows what a step does to the other pictures of the page', async () => {
    const page = await open();
    await draw(page);
    await page.locator('#pad-labels label').nth(3).click();
    await page.locator('#pad-rate').fill('0.5');
    const { x, labels } = sampleOf(await normalisedDrawing(page), 3, input.model);
    const before = saved(input);
    const after = afterStep(before, input.model, derive(before, x, labels), 0.5);
    const pictures = choosePictures(input.images, input.predictions, []);
    const right = ({ all }: { readonly all: Float64Array }) =>
      predict(
        { ...input.model, parameters: all },
        pictures.map(({ index }) => pixelsAt(input.images, index)),
      ).map(({ predicted }, n) => predicted === pictures[n]!.label);
    const [was, is] = [right(before), right(after)];
    const count = (answers: readonly boolean[]) => answers.filter(Boolean).length;
    const said = (when: string) => page.locator(`#pad-others-${when}`).textContent();
    expect(await said('before')).toBe(`${count(was)} of ${pictures.length}`);
    expect(await said('after')).toBe(`${count(is)} of ${pictures.length}`);
    const lost = count(was.map((right, n) => right && !is[n]));
    expect(lost).toBeGreaterThan(0);
    expect(await page.locator('#pad-others').textContent()).toContain(`and ${lost} wrong`);
  });

  test('says beside every answer that a changed copy answers, and leads back', async () => {
    const page = await open();
    await draw(page);
    await page.locator('#pad-labels label').nth(3).click();
    const notes = page.locator('[data-changed]:visible');
    const derived = () => vector(page, '#derivation', 'v');
    const trained = await derived();
    expect(await notes.count()).toBe(0);
    await page.locator('#pad-step').click();
    expect(await notes.count()).toBe(2);
    expect(await derived()).not.toEqual(trained);
    await page.locator('#derivation [data-back]').click();
    expect(await notes.count()).toBe(0);
    expect(await derived()).toEqual(trained);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('derivation-heading');
    expect(await page.locator('#pad-steps').textContent()).toContain('saved one again');
  });

  test('a drawing goes through the derivation, by its answer or by what the user says', async () => {
    const page = await open();
    expect(await page.locator('#pad-follow').isDisabled()).toBe(true);
    await draw(page);
    await page.locator('#pad-follow').click();
    const chosen = () => page.locator('#derivation-chosen').textContent();
    const answer = await page.locator('#pad-answer').textContent();
    expect(await chosen()).toContain(`it is followed as a ${answer}.`);
    await page.locator('#pad-labels label').nth(3).click();
    expect(await chosen()).toContain('Your drawing: a 3');
    const { x, labels } = sampleOf(await normalisedDrawing(page), 3, input.model);
    const { v, dL_dv } = derive(saved(input), x, labels);
    expect(await vector(page, '#derivation', 'v')).toEqual([...v]);
    for (const [i, dv] of (await vector(page, '.step:nth-child(3)', 'dv')).entries()) {
      expect(dv).toBeCloseTo(dL_dv[i]!, 12);
    }
    // Among the pictures to choose from, too, as long as it is there.
    await page.locator('#derivation [data-choice="0"]').click();
    expect(await chosen()).toContain('Image №');
    await page.locator('[data-choice=drawing]').click();
    expect(await chosen()).toContain('Your drawing: a 3');
    await page.locator('#pad-clear').click();
    await expect.poll(() => page.locator('[data-choice=drawing]').isHidden()).toBe(true);
  });

  test('a picture from a file is read as the program reads it; others are refused', async () => {
    const page = await open();
    const { rows, columns } = input.model;
    // Dark on light, larger than MNIST's, its ink beside the middle.
    const [width, height] = [3 * columns, 4 * rows];
    const digit = pixelsAt(input.images, 0);
    const data = new Uint8Array(width * height).fill(240);
    for (let r = 0; r < 2 * rows; r++) {
      for (let c = 0; c < 2 * columns; c++) {
        const ink = digit[(r >> 1) * columns + (c >> 1)]!;
        data[(r + 7) * width + c + 5] = 240 - Math.round(0.8 * ink);
      }
    }
    const png = Buffer.from(encode({ width, height, data, channels: 1 }));
    const expected = normalise({ width, height, values: data }, input.model).pixels;
    const { v } = deriveForward(saved(input), pictureOf(expected, input.model));
    const file = page.locator('#pad-file');
    await file.setInputFiles({ name: 'seven.png', mimeType: 'image/png', buffer: png });
    await expect.poll(() => page.locator('#pad-answer').textContent()).toBe(String(argmax(v)));
    expect(await vector(page, '#pad .answer', 'v')).toEqual([...v]);

    const hostile = '<img src=x onerror=alert(1)>.png';
    const text = { name: hostile, mimeType: 'image/png', buffer: Buffer.from('no picture') };
    await file.setInputFiles(text);
    const warning = page.locator('#pad-warning');
    await expect.poll(() => warning.textContent()).toContain(`cannot read ${hostile}`);
    expect(await page.locator('#pad img').count()).toBe(0);

    // Dropped: nothing but paper.
    const blank = encode({
      width,
      height,
      data: new Uint8Array(data.length).fill(240),
      channels: 1,
    });
    const transfer = await page.evaluateHandle(
      (bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'blank.png', { type: 'image/png' }));
        return transfer;
      },
      [...blank],
    );
    await page.locator('#pad-sheet').dispatchEvent('drop', { dataTransfer: transfer });
    await expect.poll(() => warning.textContent()).toBe('Nothing stands out from the paper.');
    expect(await page.locator('#pad-answer').textContent()).toBe('–');
    // A stroke takes its place.
    await draw(page);
    expect(await warning.isHidden()).toBe(true);
    expect(await vector(page, '#pad .answer', 'v')).toEqual([
      ...deriveForward(saved(input), pictureOf(await normalisedDrawing(page), input.model)).v,
    ]);
  });

  test('warns of a drawing that does not look like one digit, where the model knows digits', async () => {
    const page = await open();
    const warning = page.locator('#pad-warning');
    await draw(page);
    // Longer than the pause after which a drawing is looked at.
    await page.waitForTimeout(300);
    expect(await warning.isHidden()).toBe(true);
    await stroke(page, [
      [0.1, 0.1],
      [0.9, 0.1],
      [0.9, 0.95],
      [0.1, 0.95],
      [0.1, 0.1],
    ]);
    await expect.poll(() => warning.textContent()).toContain('one digit: a frame around it');
    expect(await page.locator('#pad-answer').textContent()).toMatch(/^\d$/);
    await page.locator('#pad-undo').click();
    await expect.poll(() => warning.isHidden()).toBe(true);
    await stroke(page, [
      [0.2, 0.5],
      [0, 0.5],
    ]);
    await expect.poll(() => warning.textContent()).toContain('ink up to the edge');
    await context!.close();
    const fashion = await open('light', 1280, 'fashion.html');
    await draw(fashion);
    await stroke(fashion, [
      [0.2, 0.5],
      [0, 0.5],
    ]);
    await fashion.waitForTimeout(300);
    expect(await fashion.locator('#pad-warning').isHidden()).toBe(true);
  });

  test('the answer is in sight on a phone while one draws, and the sheet stays where it is', async () => {
    const page = await open('light', 390);
    await page.setViewportSize({ width: 390, height: 660 });
    const sheet = page.locator('#pad-canvas');
    await sheet.scrollIntoViewIfNeeded();
    const before = await sheet.boundingBox();
    await draw(page);
    expect(await sheet.boundingBox()).toEqual(before);
    const { y, height } = (await page.locator('#pad-answer').boundingBox())!;
    expect(y).toBeGreaterThan(0);
    expect(y + height).toBeLessThanOrEqual(before!.y);
  });

  test('the choice of the class stays in sight, and rows choose it', async () => {
    const page = await open();
    const follow = page.locator('.follow');
    const last = page.locator('#derivation .step').last();
    await last.scrollIntoViewIfNeeded();
    const { y, height } = (await follow.boundingBox())!;
    expect(y).toBeGreaterThan(0);
    expect(y + height).toBeLessThan(300);
    await page.locator('#derivation .vectors tr[data-class="7"]').first().click();
    expect(await page.locator('#derivation-class').inputValue()).toBe('7');
    await page.locator('.jacobian tr[data-class="2"] th').click();
    expect(await page.locator('#derivation-class').inputValue()).toBe('2');
  });

  test('is printed in light colours, with what was folded, and without an empty pad', async () => {
    const page = await open('dark', 1280);
    const state = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('#mistakes canvas')!;
        const copy = document.createElement('canvas').getContext('2d')!;
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        const inked = Array.from(data).findIndex((value, at) => at % 4 === 3 && value === 255);
        return {
          ink: data[inked - 3]! < 128 ? 'dark' : 'light',
          open: document.querySelectorAll('details[open]').length,
        };
      });
    expect(await state()).toEqual({ ink: 'light', open: 0 });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await state()).toEqual({ ink: 'dark', open: 2 });
    const paper = await page.evaluate(() => getComputedStyle(document.body).color);
    expect(paper).toBe('rgb(34, 36, 42)');
    expect(await page.locator('#pad').isHidden()).toBe(true);
    expect(await page.locator('.chart figcaption').first().isVisible()).toBe(true);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await state()).toEqual({ ink: 'light', open: 0 });
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
    expect(await slider.getAttribute('aria-valuetext')).toMatch(
      /^epoch 3: test loss \d\.\d{4}, accuracy \d\d\.\d\d %$/,
    );
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await page.locator('#weights-moment').textContent()).toContain('before training: ');
    expect(await picture()).not.toBe(last);
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#weights-moment').textContent()).toContain('batch 1: ');
    expect(await picture()).not.toBe(last);
    await page.keyboard.press('End');
    expect(await picture()).toBe(last);
  });

  test('a press on a curve moves the slider to that moment, and the slider marks it there', async () => {
    const page = await open();
    const area = page.locator('.chart .time rect').first();
    const { width } = (await area.boundingBox())!;
    const now = () => page.locator('.chart .now').first().getAttribute('x1');
    expect(await now()).toBe('100%');
    await area.click({ position: { x: 0.4 * width, y: 30 } });
    expect(await page.locator('#weights-moment').textContent()).toContain('epoch 1: ');
    expect(await now()).toBe('40%');
    await page.locator('#weights-slider').focus();
    await page.keyboard.press('Home');
    expect(await now()).toBe('0%');
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
    expect(await vector(page, '#derivation', 'v')).toEqual([...derive(saved(input), x, labels).v]);
    expect(await vector(page, '#derivation .step:nth-child(3)', 'dv')).toHaveLength(10);
    const before = await page.locator('#derivation-pixel').textContent();
    await page.locator('[data-map=x]').press('ArrowDown');
    expect(await page.locator('#derivation-pixel').textContent()).not.toBe(before);
    await page.locator('#derivation-class').selectOption('7');
    const slot = page.locator('#derivation .slot-i').first();
    expect(await slot.textContent()).toBe('7');
  });

  test('the derivation goes through hidden layers, along the chosen units', async () => {
    const page = await open('light', 1280, 'deep.html');
    await page.locator('#mistakes [data-picture]').first().click();
    const text = (await page.locator('#derivation-chosen').textContent())!;
    const { x, labels } = sampleAt(deep.images, Number(text.match(/№ (\d+)/)![1]));
    const { linear } = saved(deep);
    const expected = derive(saved(deep), x, labels);
    const [first, second] = expected.hidden;
    expect(await vector(page, '#derivation', 'v')).toEqual([...expected.v]);
    const on = (n: number) => page.locator(`#derivation-on${n}`).getAttribute('value');
    expect(await on(1)).toBe(String(first!.v.filter((v) => v > 0).length));
    expect(await on(2)).toBe(String(second!.v.filter((v) => v > 0).length));

    await page.locator('#derivation-unit1').fill('69');
    await page.locator('[data-units=h2]').press('ArrowRight');
    await page.locator('#derivation-unit2').fill('3');
    await page.locator('#derivation-class').selectOption('7');
    const slot = (name: string) => page.locator(`#derivation .slot-${name}`).first().textContent();
    expect(await slot('i1')).toBe('69');
    expect(await slot('i2')).toBe('3');
    expect(await slot('i3')).toBe('7');
    const shown = { vi1: first!.v[69]!, hi1: first!.h[69]!, dhi1: first!.dL_dh[69]! };
    const deeper = { dvi2: second!.dL_dv[3]!, dwij2: second!.dL_dW[3 * 70 + 69]! };
    for (const [name, value] of Object.entries({ ...shown, ...deeper })) {
      expect(await slot(name), name).toBe(Number.isInteger(value) ? String(value) : figure(value));
    }
    // The terms of score 7, all eight of them: the largest first, together v without its bias.
    const terms = await columnOf(page, 'v', 'term');
    const sum = terms.reduce((sum, term) => sum + term, 0);
    expect(sum).toBeCloseTo(expected.v[7]! - linear[2]!.bias[7]!, 12);
    expect(terms).toEqual([...terms].sort((a, b) => Math.abs(b) - Math.abs(a)));

    await page.locator('[data-units=dv1]').press('ArrowLeft');
    expect(await page.locator('#derivation-unit1').inputValue()).toBe('68');
    await page.locator('[data-matrix="3"]').press('ArrowUp');
    expect(await page.locator('#derivation-class').inputValue()).toBe('6');
    const drawn = page.locator('#derivation [data-dw]').last();
    await drawn.click();
    expect(await slot('i1')).toBe(await drawn.getAttribute('data-unit'));
  });

  test('the hidden units can be sorted by what they add to a class, and all be shown', async () => {
    const page = await open('light', 1280, 'deep.html');
    const visible = page.locator('#units figure:visible');
    expect(await visible.count()).toBe(60);
    await page.locator('#units-order').selectOption('3');
    const added = contributionsOf(deep.model, deep.images).subarray(3 * 70, 4 * 70);
    const order = Array.from(added, (_, i) => i).sort(
      (a, b) => Math.abs(added[b]!) - Math.abs(added[a]!) || a - b,
    );
    const units = (): Promise<number[]> =>
      visible.evaluateAll((all) =>
        all.map((figure) => Number((figure as HTMLElement).dataset.unit)),
      );
    expect(await units()).toEqual(order.slice(0, 60));
    const number = await visible.first().locator('data').getAttribute('value');
    expect(Number(number)).toBe(added[order[0]!]);
    await page.locator('#units-all').click();
    expect(await units()).toEqual(order);
    expect(await page.locator('#units-all').getAttribute('aria-expanded')).toBe('true');
  });
});

/** The page from disk, with the network off; whatever it complains of is an error of the test. */
async function open(
  colorScheme: 'light' | 'dark' = 'light',
  width = 1280,
  file = 'report.html',
): Promise<Page> {
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
  await page.goto(pathToFileURL(join(folder, file)).href);
  return page;
}

/** A seven, with the mouse. */
async function draw(page: Page): Promise<void> {
  await stroke(page, [
    [0.3, 0.25],
    [0.7, 0.25],
    [0.45, 0.85],
  ]);
  await expect.poll(() => page.locator('#pad-answer').textContent()).toMatch(/^\d$/);
}

/** With the mouse, through points in shares of the sheet's sides. */
async function stroke(
  page: Page,
  [first, ...points]: readonly (readonly [across: number, down: number])[],
): Promise<void> {
  const canvas = page.locator('#pad-canvas');
  await canvas.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await canvas.boundingBox())!;
  const move = ([across, down]: readonly [number, number]): Promise<void> =>
    page.mouse.move(x + across * width, y + down * height, { steps: 5 });
  await move(first!);
  await page.mouse.down();
  for (const point of points) await move(point);
  await page.mouse.up();
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

/** A column of a table of terms. */
function columnOf(page: Page, terms: string, key: string): Promise<number[]> {
  const cells = page.locator(`[data-terms=${terms}] [data-term=${key}]`);
  return cells.evaluateAll((all) => all.map((cell) => Number((cell as HTMLDataElement).value)));
}

function saved({ model }: ReportInput) {
  return parametersOf(Float64Array.from(model.parameters), model);
}
