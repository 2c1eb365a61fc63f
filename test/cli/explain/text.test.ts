import { expect, test } from 'vitest';
import type { ExplainPage } from '../../../src/cli/explain/page.js';
import { explanationJson } from '../../../src/cli/explain/run.js';
import { explanationText } from '../../../src/cli/explain/text.js';
import { whyText } from '../../../src/cli/explain/why.js';
import { explain } from '../../../src/explain/explanation.js';
import { why } from '../../../src/explain/why.js';
import { EN } from '../../../src/explain/words/en.js';
import { parametersOf } from '../../../src/network.js';
import { randomCase } from '../../explain/cases.js';

const page: ExplainPage = { width: 80, style: (_, text) => text, palette: 'ascii', words: EN };

test('a network of more weights than a call takes arguments is explained', () => {
  const shape = { rows: 500, columns: 500, classes: 3 };
  const { parameters, subject } = randomCase(shape, 1, 1e-3);
  const explanation = explain(shape, parameters, subject, 0.01);
  expect(explanation.backward!.step.after).toBeGreaterThan(explanation.backward!.step.before);
  const text = explanationText(explanation, ['large'], page).join('\n');
  expect(text).toContain('checked: 133 entries, and 10 directions that move them all');
  expect(text).toContain('∂L/∂W = ∂L/∂v uᵀ');
  expect(explanationJson(explanation)).toMatchObject({ event: 'explanation', rows: 500 });
  expect(whyText(why(explanation, 0, 1), explanation, [], page).join('\n')).toContain('v_0 − v_1');
});

test('a network in which no unit is on says so, and why is a sum of nothing but c', () => {
  const shape = { rows: 2, columns: 2, classes: 3, hidden: [30] };
  const { parameters, subject } = randomCase(shape, 1);
  const { linear } = parametersOf(parameters, shape);
  linear[0]!.bias.fill(-100);
  const explanation = explain(shape, parameters, subject, 0.01);
  const text = explanationText(explanation, ['off'], page).join('\n');
  expect(text).toContain('  0 of 30 units are on\n');
  expect(text).toContain('; no unit is on\n');
  expect(text).toContain('0 where v¹ ≤ 0, at 30 units; the largest that it keeps back: ∂L/∂h¹_');
  expect(text).toContain('No unit is on, so every entry is 0.');
  const answer = why(explanation, 0, 1);
  expect([answer.positive, answer.negative]).toEqual([0, 0]);
  expect(answer.bias).toBe(answer.difference);
});

test('a network in which every unit is on has nothing for the mask to keep back', () => {
  const shape = { rows: 2, columns: 2, classes: 3, hidden: [4] };
  const { parameters, subject } = randomCase(shape, 1);
  parametersOf(parameters, shape).linear[0]!.bias.fill(100);
  const text = explanationText(explain(shape, parameters, subject, 0.01), ['on'], page).join('\n');
  expect(text).toContain('  4 of 4 units are on\n');
  expect(text).toContain('every unit is on: the mask keeps nothing back');
});

test('without a label the forward pass alone, in text and as JSON', () => {
  const shape = { rows: 2, columns: 2, classes: 3, hidden: [4, 2] };
  const { parameters, subject } = randomCase(shape, 1);
  const explanation = explain(shape, parameters, { ...subject, label: undefined }, 0.01);
  const text = explanationText(explanation, [], page).join('\n');
  expect(text).toContain('h² = ReLU(v²)');
  expect(text).not.toContain('∂L');
  const json = JSON.parse(JSON.stringify(explanationJson(explanation)));
  expect(json.h.map(({ length }: number[]) => length)).toEqual([4, 2]);
  expect(json.v.map(({ length }: number[]) => length)).toEqual([4, 2, 3]);
  expect([json.L, json.dL_du, json.check, json.step]).toEqual([null, null, null, null]);
  expect([json.dL_dv, json.dL_dh]).toEqual([
    [null, null, null],
    [null, null],
  ]);
});
