import { readFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { modelSchema, SHARED } from '../../src/model/schema.js';
import { deepText, goodText } from './small-model.js';

const shipped = JSON.parse(
  readFileSync(new URL('../../data/model.schema.json', import.meta.url), 'utf8'),
);

test('the JSON Schema in the package says what the reader checks', () => {
  // That a number is finite as a float32 has no words in JSON Schema.
  expect(shipped).toEqual(
    toJsonSchema(modelSchema, {
      target: 'draft-2020-12',
      errorMode: 'ignore',
      definitions: SHARED,
    }),
  );
});

test('it accepts what is written and refuses what is not a model', () => {
  const accepts = new Ajv2020().compile(shipped);
  const changes = [
    ['"version": 1', '"version": 2'],
    ['-0.25', '"x"'],
    ['"seed": 1', '"seed": -1'],
    ['{ "type": "softmax" }', '{ "type": "softmax" }, {}'],
    ['"shuffle"', '"more": 1, "shuffle"'],
  ] as const;
  const deep = [
    ['"version": 2', '"version": 1'],
    ['{ "type": "relu" }', '{ "type": "tanh" }'],
    [/"hidden": \[[^\]]*\]/, '"hidden": []'],
    [/"hidden": \[[^\]]*\],/, ''],
    ['{ "type": "relu" }', '{ "type": "relu", "outputs": 3 }'],
  ] as const;
  for (const [text, pieces] of [
    [goodText, changes],
    [deepText, deep],
  ] as const) {
    expect(accepts(JSON.parse(text))).toBe(true);
    for (const [piece, by] of pieces) {
      const altered = text.replace(piece, by);
      expect(altered).not.toBe(text);
      expect(accepts(JSON.parse(altered)), `${piece}`).toBe(false);
    }
  }
});
