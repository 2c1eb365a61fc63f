import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { sha256Of } from '../../src/dataset/hashed-file.js';
import { canUseProxy, proxyHint } from '../../src/dataset/proxy.js';
import { downloadInChild } from './child.js';
import { imagesFile } from './idx-bytes.js';

const idx = imagesFile(50, 8, 8);
const file = { name: 'images', bytes: idx.length, sha256: sha256Of(idx) };

test.each([
  ['20.20.2', false],
  ['22.20.0', false],
  ['22.21.0', true],
  ['23.11.0', false],
  ['24.0.0', true],
  ['26.0.0', true],
])('Node %s can use a proxy: %s', (version, can) => {
  expect(canUseProxy(version)).toBe(can);
});

test('the hint says what is missing, and nothing where nothing is', () => {
  const proxy = { HTTPS_PROXY: 'http://proxy' };
  expect(proxyHint({}, '24.0.0')).toBe('');
  expect(proxyHint(proxy, '24.0.0')).toBe(
    'HTTPS_PROXY is set, but Node uses it only with NODE_USE_ENV_PROXY=1; ',
  );
  expect(proxyHint({ ...proxy, NODE_USE_ENV_PROXY: '1' }, '24.0.0')).toBe('');
  expect(proxyHint({ ...proxy, NODE_OPTIONS: '--use-env-proxy' }, '24.5.0')).toBe('');
  expect(proxyHint({ ...proxy, NODE_USE_ENV_PROXY: '1' }, '20.20.2')).toMatch(
    'Node 20.20.2 cannot use it',
  );
});

test('a proxy in the environment is used where Node can', async (context) => {
  if (!canUseProxy(process.versions.node)) {
    context.skip(`Node ${process.versions.node} cannot use a proxy`);
  }
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.end(gzipSync(idx));
  });
  // Some versions tunnel plain http as well: the far end is this server again.
  proxy.on('connect', (request, socket) => {
    seen.push(request.url ?? '');
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    proxy.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env = { HTTP_PROXY: address, http_proxy: address, NODE_USE_ENV_PROXY: '1' };
  const { sha256 } = await downloadInChild(file, ['http://mirror.invalid/'], env);
  expect(sha256).toBe(file.sha256);
  expect(seen[0]).toContain('mirror.invalid');
});
