import { readFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { modelSchema } from '../../src/model/schema.js';
import { goodText } from './small-model.js';

const shipped = JSON.parse(
  readFileSync(new URL('../../data/model.schema.json', import.meta.url), 'utf8'),
);

test('the JSON Schema in the package says what the reader checks', () => {
  // That a number is finite as a float32 has no words in JSON Schema.
  expect(shipped).toEqual(
    toJsonSchema(modelSchema, { target: 'draft-2020-12', errorMode: 'ignore' }),
  );
});

test('it accepts what is written and refuses what is not a model', () => {
  const accepts = new Ajv2020().compile(shipped);
  expect(accepts(JSON.parse(goodText))).toBe(true);
  const changes = [
    ['"version": 1', '"version": 2'],
    ['-0.25', '"x"'],
    ['"seed": 1', '"seed": -1'],
    ['{ "type": "softmax" }', '{ "type": "softmax" }, {}'],
    ['"shuffle"', '"more": 1, "shuffle"'],
  ] as const;
  for (const [piece, by] of changes) {
    expect(goodText).toContain(piece);
    expect(accepts(JSON.parse(goodText.replace(piece, by)))).toBe(false);
  }
});
