import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorLine, printable } from '../../src/cli/output.js';

const seeded = { seed: 20240611, numRuns: 300 };

test('a text from outside cannot steer the terminal', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    expect(printable(text)).not.toMatch(/\p{Cc}/u);
  });
  fc.assert(property, seeded);
  expect(printable('a\n\u001b[31mb.png')).toBe('a [31mb.png');
});

describe('errorLine', () => {
  test('is one line of sentences', () => {
    const error = { message: 'no such file', hint: 'create it' };
    expect(errorLine(error)).toBe('no such file. Create it.');
    expect(errorLine({ message: 'is it there?', hint: undefined })).toBe('is it there?');
  });

  test('cannot steer the terminal', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), fc.string(), (message, hint) => {
      expect(errorLine({ message, hint })).not.toMatch(/\p{Cc}/u);
    });
    fc.assert(property, seeded);
    expect(errorLine({ message: 'a\n\u001b[31mb', hint: undefined })).toBe('a [31mb.');
  });
});
