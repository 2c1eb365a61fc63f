import { beforeAll, describe, expect, test } from 'vitest';
import { mistakeText, showMistake } from '../../src/cli/explain/break.js';
import type { ExplainPage } from '../../src/cli/explain/page.js';
import { explanationText } from '../../src/cli/explain/text.js';
import { whyText } from '../../src/cli/explain/why.js';
import { type Dataset, loadDataset } from '../../src/dataset/load.js';
import { explain } from '../../src/explain/explanation.js';
import { MISTAKE_NAMES } from '../../src/explain/mistakes.js';
import { why } from '../../src/explain/why.js';
import { EN } from '../../src/explain/words/en.js';
import { wordsIn } from '../../src/explain/words/language.js';
import { RU } from '../../src/explain/words/ru.js';
import { pictureOf, pixelsAt } from '../../src/images.js';
import { initialParameters } from '../../src/sgd.js';
import { NUMBERS_RU, plural } from '../../src/text/numbers-ru.js';

const russian = (width: number): ExplainPage => ({
  width,
  style: (_, text) => text,
  palette: 'ascii',
  words: RU,
});

/** Latin words that belong into Russian text: formulas, names of files and flags. */
const LATIN =
  /^(break|diagonal|jacobian|exp|forget|bias|init|zero|Infinity|json|labels|log|lr|mask|max|mean|mini|mnist|not|relu|ReLU|reshape|seed|SGD|shift|sign|softmax|sum|NaN|no)$/;

function expectRussian(lines: readonly string[], width: number): void {
  const text = lines.join('\n');
  expect((text.match(/[A-Za-z]{2,}/g) ?? []).filter((word) => !LATIN.test(word))).toEqual([]);
  expect(text).not.toMatch(/\d\.\d/);
  expect(text).not.toMatch(/undefined|\[object/);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
}

let data: Dataset;

beforeAll(async () => {
  data = await loadDataset({ name: 'mnist-mini' });
});

test('numbers and plurals', () => {
  expect(NUMBERS_RU.grouped(60_000)).toBe('60\u00a0000');
  expect(NUMBERS_RU.percent(0.92384)).toBe('92,38\u00a0%');
  expect(NUMBERS_RU.short(-0.25)).toBe('-0,2500');
  expect(NUMBERS_RU.typeset('NaN')).toBe('не число');
  const steps = [0, 1, 2, 4, 5, 11, 12, 21, 22, 101, 1000];
  expect(steps.map((count) => plural(count, 'шаг', 'шага', 'шагов'))).toEqual([
    ...['0 шагов', '1 шаг', '2 шага', '4 шага', '5 шагов', '11 шагов', '12 шагов', '21 шаг'],
    ...['22 шага', '101 шаг', '1\u00a0000 шагов'],
  ]);
});

test('both languages by their names', async () => {
  expect(await wordsIn('en')).toBe(EN);
  expect(await wordsIn('ru')).toBe(RU);
});

describe('Russian', () => {
  const explained = (hidden: readonly number[], label: number | undefined) => {
    const { rows, columns, classes } = data.test;
    const shape =
      hidden.length > 0 ? { rows, columns, classes, hidden } : { rows, columns, classes };
    const init = { init: hidden.length > 0 ? 'he' : 'xavier', seed: 1 } as const;
    const x = pictureOf(pixelsAt(data.test, 0), data.test);
    return explain(shape, initialParameters(shape, init), { x, label }, 0.01);
  };

  test.each([
    [[], 7],
    [[24, 3], 7],
    [[], undefined],
  ])('the derivation through hidden layers %j of label %s', (hidden, label) => {
    const explanation = explained(hidden, label);
    const title = [RU.imageOf('test', 0, 'mnist-mini', 7), RU.untrained(1), RU.labelled(label)];
    for (const width of [80, 40, 33]) {
      expectRussian(explanationText(explanation, title, russian(width)), width);
    }
  });

  test.each([[[]], [[24]]])('--why through hidden layers %j', (hidden) => {
    const explanation = explained(hidden, undefined);
    for (const width of [80, 40, 33]) {
      expectRussian(whyText(why(explanation, 4, 9), explanation, [], russian(width)), width);
    }
  });

  test.each(MISTAKE_NAMES)('--break %s', (name) => {
    const { rows, columns, classes } = data.test;
    const shape = { rows, columns, classes };
    const parameters = initialParameters(shape, { init: 'xavier', seed: 1 });
    const flags = { split: 'test', index: 0, seed: 1 } as const;
    const shown = showMistake(name, data, flags, { shape, parameters }, RU);
    for (const width of [80, 40]) expectRussian(mistakeText(shown, [], russian(width)), width);
  });
});
