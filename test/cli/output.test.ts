import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorLine, printable } from '../../src/cli/output.js';

/** Controls, formats, line and paragraph separators, halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const seeded = { seed: 20240611, numRuns: 300 };

test('a text from outside cannot steer the terminal', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    expect(printable(text)).not.toMatch(UNPRINTABLE);
  });
  fc.assert(property, seeded);
  expect(printable('a\n\u001b[31mb.png')).toBe('a [31mb.png');
});

test.each([
  ['right-to-left override', 'a\u202egnp.json'],
  ['isolate', 'a\u2066gnp.json'],
  ['line separator', 'a\u2028gnp.json'],
  ['paragraph separator', 'a\u2029gnp.json'],
  ['next line', 'a\u0085gnp.json'],
  ['zero-width space', 'a\u200bgnp.json'],
  ['byte-order mark', 'a\ufeffgnp.json'],
  ['tag', 'a\u{e0041}gnp.json'],
  ['half a pair', 'a\ud83dgnp.json'],
])('%s: neither hidden, nor in another order, nor a line of its own', (_, text) => {
  expect(printable(text)).toBe('a gnp.json');
  expect(errorLine({ message: text, hint: text })).toBe('a gnp.json. A gnp.json.');
});

test('names in any script stay as they are', () => {
  for (const name of ['Zürich', '数字 🖊', 'שלום', 'مرحبا', '❤️', 'नमस्ते'])
    expect(printable(name)).toBe(name);
});

describe('errorLine', () => {
  test('is one line of sentences', () => {
    const error = { message: 'no such file', hint: 'create it' };
    expect(errorLine(error)).toBe('no such file. Create it.');
    expect(errorLine({ message: 'is it there?', hint: undefined })).toBe('is it there?');
  });

  test('cannot steer the terminal', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), fc.string(), (message, hint) => {
      expect(errorLine({ message, hint })).not.toMatch(UNPRINTABLE);
    });
    fc.assert(property, seeded);
    expect(errorLine({ message: 'a\n\u001b[31mb', hint: undefined })).toBe('a [31mb.');
  });
});
