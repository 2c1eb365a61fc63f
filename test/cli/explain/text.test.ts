import { expect, test } from 'vitest';
import { explanationJson } from '../../../src/cli/explain/run.js';
import { explanationText, whyText } from '../../../src/cli/explain/text.js';
import { explain } from '../../../src/explain/explanation.js';
import { why } from '../../../src/explain/why.js';
import type { Page } from '../../../src/text/page.js';
import { randomCase } from '../../explain/cases.js';

const page: Page = { width: 80, style: (_, text) => text, palette: 'ascii' };

test('a network of more weights than a call takes arguments is explained', () => {
  const shape = { rows: 500, columns: 500, classes: 3 };
  const { parameters, subject } = randomCase(shape, 1, 1e-3);
  const explanation = explain(shape, parameters, subject, 0.01);
  expect(explanation.backward!.step.after).toBeGreaterThan(explanation.backward!.step.before);
  const text = explanationText(explanation, ['large'], page).join('\n');
  expect(text).toContain('Not checked against central differences');
  expect(text).toContain('∂L/∂W = ∂L/∂v uᵀ');
  expect(explanationJson(explanation)).toMatchObject({ event: 'explanation', rows: 500 });
  expect(whyText(why(explanation, 0, 1), explanation, [], page).join('\n')).toContain('v_0 − v_1');
});
