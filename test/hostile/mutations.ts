import fc from 'fast-check';

/** A change to a file's bytes; places are shares of its length, so that a change fits any file. */
export type Mutation = (bytes: Uint8Array) => Uint8Array;

/** Numbers at which readers go wrong. */
const ODD_WORDS = [
  ...[0, 1, 2, 7, 8, 27, 28, 255, 256, 0x801, 0x803, 0xd03, 0xffff, 0x10000, 0x1000000],
  ...[0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff],
];
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const few = fc.uint8Array({ minLength: 1, maxLength: 12 });
const word = fc.oneof(fc.constantFrom(...ODD_WORDS), fc.nat({ max: 0xffffffff }));

const at = (bytes: Uint8Array, share: number) => Math.floor(share * (bytes.length + 1));

function spliced(bytes: Uint8Array, start: number, remove: number, insert: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
}

function named(name: string, mutation: Mutation): Mutation {
  return Object.assign(mutation, { toString: () => name });
}

/** One change of bytes, wherever it hits. */
const byteMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat({ max: 255 })).map(([share, value]) =>
    named(`byte at ${share} = ${value}`, (bytes) => {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[Math.floor(share * copy.length)] = value;
      return copy;
    }),
  ),
  // Most formats have their numbers at the start.
  fc.tuple(fc.nat({ max: 40 }), word, fc.boolean()).map(([offset, value, little]) =>
    named(`word at ${offset} = ${value}${little ? ' (little)' : ''}`, (bytes) => {
      const copy = Uint8Array.from(bytes);
      if (offset + 4 <= copy.length) new DataView(copy.buffer).setUint32(offset, value, little);
      return copy;
    }),
  ),
  fc.tuple(place, word).map(([share, value]) =>
    named(`word at ${share} = ${value}`, (bytes) => {
      const copy = Uint8Array.from(bytes);
      const offset = Math.floor(share * copy.length);
      if (offset + 4 <= copy.length) new DataView(copy.buffer).setUint32(offset, value);
      return copy;
    }),
  ),
  place.map((share) => named(`cut at ${share}`, (bytes) => bytes.slice(0, at(bytes, share)))),
  fc
    .tuple(place, fc.nat({ max: 300 }))
    .map(([share, count]) =>
      named(`${count} bytes out at ${share}`, (bytes) =>
        spliced(bytes, at(bytes, share), count, Uint8Array.of()),
      ),
    ),
  fc
    .tuple(place, few)
    .map(([share, some]) =>
      named(`${some} in at ${share}`, (bytes) => spliced(bytes, at(bytes, share), 0, some)),
    ),
  fc
    .tuple(place, place, fc.integer({ min: 1, max: 400 }))
    .map(([from, length, times]) =>
      named(`${length} from ${from}, ${times} times`, (bytes) =>
        repeated(bytes, from, length, times),
      ),
    ),
  fc
    .tuple(fc.constantFrom(0, 10, 32, 255), fc.integer({ min: 1, max: 70_000 }))
    .map(([value, count]) =>
      named(`${count} × ${value} at the end`, (bytes) =>
        spliced(bytes, bytes.length, 0, new Uint8Array(count).fill(value)),
      ),
    ),
);

/** A part of the file many times over, but no more than a megabyte of it. */
function repeated(bytes: Uint8Array, from: number, length: number, times: number): Uint8Array {
  const start = at(bytes, from);
  const part = bytes.subarray(start, start + 1 + Math.floor(length * 2000));
  const count = Math.min(times, Math.floor(2 ** 20 / Math.max(1, part.length)));
  return spliced(bytes, start, 0, Buffer.concat(Array.from({ length: count }, () => part)));
}

/** One to five changes of bytes, one after the other. */
export const byteMutations: fc.Arbitrary<Mutation> = fc
  .array(byteMutation, { minLength: 1, maxLength: 5 })
  .map(inTurn);

export function inTurn(mutations: readonly Mutation[]): Mutation {
  return named(`[${mutations.join('; ')}]`, (bytes) =>
    mutations.reduce((changed, mutation) => mutation(changed), bytes),
  );
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** What stands in the place of a value, or beside it. */
const ODD_JSON = [
  ...['null', 'true', '""', '"x"', '[]', '{}', '[[]]', '-1', '0', '0.5', '1e400', '-1e400', '1e39'],
  ...[
    '1e-400',
    '-0',
    '4294967296',
    '9007199254740993',
    '1e308',
    'NaN',
    '-Infinity',
    '00',
    '1.',
    '',
  ],
  ...['"\\ud800"', '"\\u0000"', '"__proto__"', '"constructor"', '"a":1,"a"', '{"a":1,"a":2}'],
  ...['{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}', '16000000', '2147483648'],
  `"${'é'.repeat(5000)}"`,
];

/** One change of a JSON text, at a token of it. */
const tokenMutation: fc.Arbitrary<Mutation> = fc
  .tuple(
    place,
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...ODD_JSON).map((text) => () => text) },
      { weight: 2, arbitrary: fc.constantFrom(...ODD_JSON).map(besideIt) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 60_000 }).map(nested) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map(manyTimes) },
      { weight: 1, arbitrary: fc.double().map((value) => () => String(value)) },
      { weight: 1, arbitrary: fc.json({ maxDepth: 3 }).map((text) => () => text) },
    ),
  )
  .map(([share, change]) =>
    named(`token at ${share} ${change.name || change}`.slice(0, 200), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      const tokens = [...text.matchAll(TOKENS)];
      const token = tokens[Math.floor(share * tokens.length)];
      if (!token) return bytes;
      const changed = Buffer.from(change(token[0]), 'utf8');
      return spliced(bytes, token.index, token[0].length, changed);
    }),
  );

function besideIt(odd: string): (token: string) => string {
  return (token) => `${token}${odd}`;
}

function nested(depth: number): (token: string) => string {
  return (token) => `${'['.repeat(depth)}${token}${depth % 2 === 0 ? ']'.repeat(depth) : ''}`;
}

function manyTimes(count: number): (token: string) => string {
  return (token) => `${token},`.repeat(Math.min(count, Math.ceil(500_000 / token.length))) + token;
}

/** Text in other clothes: mark, line ends, encodings. */
const textMutation: fc.Arbitrary<Mutation> = fc.constantFrom<Mutation>(
  named('byte-order mark', (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes])),
  named('CRLF', (bytes) =>
    Buffer.from(Buffer.from(bytes).toString('utf8').replaceAll('\n', '\r\n')),
  ),
  named('UTF-16', (bytes) => Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf16le')),
  named('no spaces', (bytes) =>
    Buffer.from(Buffer.from(bytes).toString('utf8').replace(/\s/g, '')),
  ),
);

/** Changes of a JSON text: mostly of its tokens, so that most inputs get past JSON.parse. */
export const jsonMutations: fc.Arbitrary<Mutation> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: tokenMutation },
      { weight: 1, arbitrary: textMutation },
      { weight: 1, arbitrary: byteMutation },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(inTurn);
