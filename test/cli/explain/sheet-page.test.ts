import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placesOf } from '../../../src/cli/explain/class.js';
import { keyPage, sheetPage } from '../../../src/cli/explain/sheet-page.js';
import { LANGUAGES, wordsIn } from '../../../src/explain/words/language.js';
import { hasChromium, launchChromium } from '../../report/browser.js';

let browser: Browser | undefined;

beforeAll(async () => {
  if (hasChromium) browser = await launchChromium();
});

afterAll(() => browser?.close());

const SIZES = [
  { classes: 3, inputs: 4 },
  { classes: 3, inputs: 4, hidden: 2 },
  { classes: 5, inputs: 9 },
  { classes: 5, inputs: 9, hidden: 3 },
];

describe.skipIf(!hasChromium).each(LANGUAGES)('printed on A4 in %s', (lang) => {
  test.each(SIZES)('%j: two leaves a sheet, and nothing wider than the paper', async (size) => {
    const words = await wordsIn(lang);
    const places = placesOf(['Анна Петрова', 'Bo', 'Cy'], 7, size);
    const page = await browser!.newPage();
    for (const text of [sheetPage(places, lang, words), keyPage(places, lang, words)]) {
      await page.setContent(text);
      await page.emulateMedia({ media: 'print' });
      // 210 mm less the margins, at 96 pixels an inch.
      await page.setViewportSize({ width: Math.floor((180 / 25.4) * 96), height: 1000 });
      const [needed, there] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth];
      });
      expect(needed).toBeLessThanOrEqual(there!);
      const pdf = await page.pdf({ preferCSSPageSize: true });
      const leaves = pdf.toString('latin1').match(/\/Type \/Page\b/g)!.length;
      expect(leaves).toBeGreaterThanOrEqual(places.length);
      expect(leaves).toBeLessThanOrEqual(2 * places.length);
    }
    await page.close();
  });
});
