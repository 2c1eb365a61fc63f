import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256Of } from '../../src/files/regular.js';
import { downloadInChild, root } from './child.js';
import { imagesFile, temporaryFolder } from './idx-bytes.js';
import { type Answer, mirror, proxyServer, says, sends } from './mirror-server.js';

const idx = imagesFile(50, 8, 8);
const gz = gzipSync(idx);
const file = { name: 'images', bytes: idx.length, sha256: sha256Of(idx) };
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A real TLS server, with a certificate for 127.0.0.1 that only who is told so trusts. */
async function tlsMirror(answer: Answer) {
  const folder = join(await temporaryFolder(), 'tls');
  await mkdir(folder);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['-subj', '/CN=loopback', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const args = ['req', '-x509', ...curve, '-nodes', ...made, '-keyout', key, '-out', cert];
  execFileSync('openssl', args, { stdio: 'pipe' });
  let requests = 0;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (req, res) => {
    requests++;
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const trust = { NODE_EXTRA_CA_CERTS: cert };
  return { base: `https://127.0.0.1:${port}/`, port, trust, count: () => requests };
}

describe.skipIf(!hasOpenssl)('over TLS (needs openssl)', () => {
  test('fetches from a server whose certificate is trusted', async () => {
    const good = await tlsMirror(sends(gz));
    expect(await downloadInChild(file, [good.base], good.trust)).toEqual({ sha256: file.sha256 });
  });

  test('fetches through a tunnel of the proxy in HTTPS_PROXY, which sees no request', async () => {
    const good = await tlsMirror(sends(gz));
    const proxy = await proxyServer(says(500), good.port);
    const env = { ...good.trust, HTTPS_PROXY: proxy.address };
    expect(await downloadInChild(file, [good.base], env)).toEqual({ sha256: file.sha256 });
    expect(proxy.seen).toEqual([`CONNECT 127.0.0.1:${good.port}`]);
  });

  test('checks the certificate behind a proxy, too', async () => {
    const bad = await tlsMirror(sends(gz));
    const proxy = await proxyServer(says(500), bad.port);
    const env = { HTTPS_PROXY: proxy.address };
    const { message } = await downloadInChild(file, [bad.base], env);
    expect(message).toContain('cannot connect (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect([proxy.seen.length, bad.count()]).toEqual([1, 0]);
  });

  test('refuses a certificate that nobody vouches for, before asking for anything', async () => {
    const bad = await tlsMirror(sends(gz));
    const { name, message } = await downloadInChild(file, [bad.base], {});
    expect(name).toBe('DataError');
    expect(message).toContain('cannot connect (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(bad.count()).toBe(0);
  });

  test('refuses a certificate for another host', async () => {
    const bad = await tlsMirror(sends(gz));
    const named = `https://localhost:${bad.port}/`;
    const { message } = await downloadInChild(file, [named], bad.trust);
    expect(message).toContain('cannot connect (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(bad.count()).toBe(0);
  });

  test('refuses a redirect from https to http, and asks the plain server nothing', async () => {
    const plain = await mirror(sends(gz));
    const bad = await tlsMirror(says(302, { location: `${plain.base}/images.gz` }));
    const { name, message } = await downloadInChild(file, [bad.base], bad.trust);
    expect(name).toBe('DataError');
    expect(message).toContain('redirect from https to http refused');
    expect([bad.count(), plain.paths.length]).toEqual([1, 0]);
  });

  test('follows a redirect from http to https', async () => {
    const good = await tlsMirror(sends(gz));
    const moved = await mirror(says(302, { location: `${good.base}images.gz` }));
    const { sha256 } = await downloadInChild(file, [moved.base], good.trust);
    expect(sha256).toBe(file.sha256);
  });
});

test('nothing in the sources or the package weakens TLS', () => {
  const weakening = /rejectUnauthorized|TLS_REJECT|checkServerIdentity|strict-ssl|tls-min-v/;
  for (const folder of ['src', 'bin', 'scripts']) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(ts|mjs)$/.test(name) || name.includes('node_modules')) continue;
      expect(readFileSync(join(root, folder, name), 'utf8'), name).not.toMatch(weakening);
    }
  }
});
