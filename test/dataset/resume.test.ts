import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { download } from '../../src/dataset/download.js';
import { sha256Of } from '../../src/files/regular.js';
import { imagesFile } from './idx-bytes.js';
import {
  type Answer,
  inTurn,
  mirror,
  says,
  sends,
  sendsFirst,
  sendsRange,
} from './mirror-server.js';

const idx = imagesFile(50, 8, 8);
const gz = gzipSync(idx);
const file = { name: 'images', bytes: idx.length, sha256: sha256Of(idx) };
const fast = { retryDelayMs: 1, maximumWaitMs: 5, idleTimeoutMs: 5000 };
const tag = { etag: '"one"' };

/** Downloads from a mirror with these answers; what was asked of it, and how much came. */
async function asked(...answers: Answer[]) {
  const one = await mirror(inTurn(...answers));
  const progress: [number, number | undefined][] = [];
  const onProgress = (p: { received: number; total: number | undefined }) =>
    progress.push([p.received, p.total]);
  const fetched = await download(file, [one.base], { ...fast, onProgress });
  expect(Buffer.compare(fetched.bytes, idx)).toBe(0);
  const ranges = one.headers.map(({ range }) => range);
  return { ranges, conditions: one.headers.map((headers) => headers['if-range']), progress };
}

const lost = sendsFirst(100, gz);

test('asks only for the rest after a lost connection', async () => {
  const { ranges, conditions, progress } = await asked(lost, sendsRange(gz));
  expect(ranges).toEqual([undefined, 'bytes=100-']);
  expect(conditions).toEqual([undefined, undefined]);
  expect(progress.at(-1)).toEqual([gz.length, gz.length]);
});

test('asks with the ETag or the date of the first answer, but not with a weak ETag', async () => {
  const date = { 'last-modified': 'Tue, 07 Mar 2023 10:00:00 GMT' };
  for (const [headers, condition] of [
    [tag, '"one"'],
    [{ etag: 'W/"one"' }, undefined],
    [{ etag: 'W/"one"', ...date }, date['last-modified']],
  ] as const) {
    const { conditions } = await asked(sendsFirst(100, gz, headers), sendsRange(gz, headers));
    expect(conditions).toEqual([undefined, condition]);
  }
});

test('resumes after a stall, and after a 503 in between', async () => {
  const stalls: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': String(gz.length) }).write(gz.subarray(0, 100));
  };
  const one = await mirror(inTurn(stalls, says(503), sendsRange(gz)));
  await download(file, [one.base], { ...fast, idleTimeoutMs: 100 });
  expect(one.headers.map(({ range }) => range)).toEqual([undefined, 'bytes=100-', 'bytes=100-']);
});

test('asks again when a 206 holds less than the rest', async () => {
  const { ranges } = await asked(lost, sendsRange(gz, {}, 200), sendsRange(gz));
  expect(ranges).toEqual([undefined, 'bytes=100-', 'bytes=200-']);
});

describe('starts over', () => {
  const wrongStart: Answer = (_, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${gz.length - 1}/${gz.length}` });
    response.end(gz);
  };
  const packed = { 'content-encoding': 'gzip' };

  test('when 200 comes in place of 206, in the same answer', async () => {
    const { ranges, progress } = await asked(lost, sends(gz));
    expect(ranges).toEqual([undefined, 'bytes=100-']);
    expect(progress.at(-1)).toEqual([gz.length, gz.length]);
  });

  test.each<[string, Answer]>([
    ['416', says(416)],
    ['a 206 of other bytes than asked for', wrongStart],
    ['a 206 without Content-Range', says(206)],
    ['a 206 whose rest is of another file', sendsRange(gzipSync(randomBytes(gz.length)), tag)],
    ['a 206 with Content-Encoding', sendsRange(gz, packed)],
  ])('without a Range after %s', async (_, answer) => {
    const { ranges } = await asked(sendsFirst(100, gz), answer, sends(gz));
    expect(ranges).toEqual([undefined, 'bytes=100-', undefined]);
  });
});

test('three failures without progress are enough, and nothing is kept for the next mirror', async () => {
  const bad = await mirror(sendsFirst(100, gz));
  const good = await mirror(sends(gz));
  await download(file, [bad.base, good.base], fast);
  expect(bad.paths).toHaveLength(3);
  expect(good.headers[0]!.range).toBeUndefined();
});

test('a large file may lose its connection as often as each part brings a megabyte', async () => {
  const noise = randomBytes(6 * 2 ** 20);
  const body = gzipSync(noise);
  const large = { name: 'noise', bytes: noise.length, sha256: sha256Of(noise) };
  const part = 2 ** 20 + 1000;
  const one = await mirror((request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': String(body.length - start),
      ...(start > 0 ? range : {}),
    });
    if (body.length - start <= part) return void response.end(body.subarray(start));
    response.write(body.subarray(start, start + part), () => response.destroy());
  });
  const fetched = await download(large, [one.base], fast);
  expect(fetched.sha256).toBe(large.sha256);
  expect(one.paths.length).toBeGreaterThan(3);
});
