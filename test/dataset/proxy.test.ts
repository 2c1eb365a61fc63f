import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { sha256Of } from '../../src/files/regular.js';
import { downloadInChild } from './child.js';
import { imagesFile } from './idx-bytes.js';
import {
  inTurn,
  mirror,
  proxyServer,
  says,
  sends,
  sendsFirst,
  sendsRange,
} from './mirror-server.js';

const idx = imagesFile(50, 8, 8);
const gz = gzipSync(idx);
const file = { name: 'images', bytes: idx.length, sha256: sha256Of(idx) };
const nowhere = 'http://mirror.invalid/';
const asked = `GET ${nowhere}images.gz`;

test.each(['HTTP_PROXY', 'http_proxy'])('the proxy in %s is used for plain http', async (name) => {
  const proxy = await proxyServer(sends(gz), 0);
  const { sha256 } = await downloadInChild(file, [nowhere], { [name]: proxy.address });
  expect(sha256).toBe(file.sha256);
  expect(proxy.seen).toEqual([asked]);
});

test('a lost connection is resumed through the proxy', async () => {
  const proxy = await proxyServer(inTurn(sendsFirst(100, gz), sendsRange(gz)), 0);
  const { sha256 } = await downloadInChild(file, [nowhere], { HTTP_PROXY: proxy.address });
  expect(sha256).toBe(file.sha256);
  expect(proxy.seen).toEqual([asked, asked]);
});

test('the hosts in NO_PROXY are asked without it', async () => {
  const proxy = await proxyServer(says(500), 0);
  const good = await mirror(sends(gz));
  const env = { HTTP_PROXY: proxy.address, NO_PROXY: 'example.org,127.0.0.1' };
  const { sha256 } = await downloadInChild(file, [good.base], env);
  expect(sha256).toBe(file.sha256);
  expect(proxy.seen).toEqual([]);
});

test('a proxy that wants a password is named with its answer', async () => {
  const proxy = await proxyServer(says(407), 0);
  const { name, message } = await downloadInChild(file, [nowhere], { HTTP_PROXY: proxy.address });
  expect(name).toBe('DataError');
  expect(message).toContain('407');
});

test('the hint names the proxy where it cannot be reached, or is no address', async () => {
  for (const [address, reason] of [
    ['http://127.0.0.1:1', 'ECONNREFUSED'],
    ['not an address', 'ERR_INVALID_URL'],
    ['proxy.example:3128', 'Invalid URL protocol'],
  ] as const) {
    const { name, message, hint } = await downloadInChild(file, [nowhere], { HTTP_PROXY: address });
    expect(name).toBe('DataError');
    expect(message).toContain(`mirror.invalid: cannot connect (${reason}`);
    expect(hint).toMatch(/^check the proxy in HTTP_PROXY and the connection, /);
  }
});

test('a proxy that never opens its tunnel is given up like a silent mirror', async () => {
  const proxy = await proxyServer(says(500), 0);
  const env = { HTTPS_PROXY: proxy.address };
  const { message } = await downloadInChild(file, ['https://mirror.invalid/'], env, 300);
  expect(message).toContain('mirror.invalid: no data for 300 ms');
  expect(proxy.seen[0]).toBe('CONNECT mirror.invalid:443');
});
