import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { decodeText, parseObject } from '../../src/files/json.js';

const REFUSAL = { error: FileError, hint: 'mend it', maxValues: 1000 };
const read = (text: string) => parseObject(text, 'a.json', REFUSAL);

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).hint).toBe('mend it');
    return (error as FileError).message;
  }
  return expect.fail(`expected a refusal of ${text.slice(0, 80)}`);
}

describe('a JSON object', () => {
  test('is read as JSON.parse reads it, whatever its strings hold', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(objects, (value) => {
        const text = JSON.stringify(value);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
      { seed: 20240611, numRuns: 500 },
    );
    const text =
      '{"a":{"b":"}\\\\","c":"\\",\\"c\\":[{\\u003a"},"d":[{"a":1},{"a":"NaN"}],"b":{"a":2}}';
    expect(read(text)).toEqual(JSON.parse(text));
  });

  test.each([
    '{"a":1,"a":2}',
    '{"a":{"b":1,"\\u0062":1}}',
    '{"d":[{"a":1},{"a":1,"b":"::","a":2}]}',
    '{"w":[0,1,{"a":1,"a":2}]}',
    '{"__proto__":1,"__proto__":2}',
  ])('may not have a field twice: %s', (text) => {
    expect(refusal(text)).toBe('a.json: expected each field once, found one twice');
  });

  test.each([
    ['{"a":1,\n "b":[1,NaN]}', 'expected a finite number, found NaN at line 2, column 9'],
    ['{"a":-Infinity}', 'expected a finite number, found Infinity at line 1, column 7'],
    ['{"a":"NaN"\n"b":1}', 'not valid JSON at line 2, column 1'],
    ['{"a":1}\n}', 'not valid JSON at line 2, column 1'],
    ['{"a":[1, 2 \r\n', 'the text ends at line 1, column 11: the file is truncated'],
    ['{"a":"b', 'the text ends at line 1, column 8: the file is truncated'],
    ['<html>', 'not valid JSON'],
    ['', 'the file is empty; expected JSON'],
    ['[1]', 'expected a JSON object, found a list of 1'],
  ])('is refused by line and column: %j', (text, message) => {
    expect(refusal(text)).toBe(`a.json: ${message}`);
  });

  test('may not be a bomb: ten million empty lists, or numbers', () => {
    const text = `{"a":[${'[],'.repeat(1e7)}[]]}`;
    expect(refusal(text)).toContain('at most 1000 fields, lists and objects');
    expect(refusal(`{"a":[${'0,'.repeat(1e7)}0]}`)).toContain('at most 1000 values');
  });
});

test('text is UTF-8', () => {
  expect(decodeText(Buffer.from('\uFEFFä'), 'a.json', REFUSAL)).toBe('\uFEFFä');
  expect(() => decodeText(Uint8Array.of(0xff), 'a.json', REFUSAL)).toThrow(
    'a.json: expected UTF-8 text, found other bytes',
  );
});
