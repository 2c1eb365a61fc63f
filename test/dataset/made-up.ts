import { gzipSync } from 'node:zlib';
import type { CatalogueEntry } from '../../src/dataset/catalogue.js';
import { sha256Of } from '../../src/files/regular.js';
import { imagesFile, labelsFile } from './idx-bytes.js';
import type { Answer } from './mirror-server.js';

/** A made-up data set of `count` pictures of 28×28, and a mirror's answer to whoever asks for it. */
export function madeUp(count: number): { entry: CatalogueEntry; answer: Answer } {
  const contents = {
    images: imagesFile(count, 28, 28),
    labels: labelsFile(Array.from({ length: count }, (_, i) => i % 10)),
  };
  const known = (name: keyof typeof contents) => {
    const bytes = contents[name];
    return { name, bytes: bytes.length, sha256: sha256Of(bytes) };
  };
  const [images, labels] = [known('images'), known('labels')];
  const files = { train: { images, labels }, test: { images, labels } };
  const packed = {
    '/data/images.gz': gzipSync(contents.images, { level: 1 }),
    '/data/labels.gz': gzipSync(contents.labels),
  };
  const answer: Answer = (request, response) => {
    const body = packed[request.url as keyof typeof packed];
    response.writeHead(body ? 200 : 404, { 'content-length': String(body?.length ?? 0) });
    response.end(body);
  };
  return { entry: { name: 'made-up', classes: 10, files, mirrors: [] }, answer };
}
