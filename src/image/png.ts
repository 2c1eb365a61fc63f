import { createInflate } from 'node:zlib';
import type { DecodedPng } from 'fast-png';
import { FileError } from '../errors.js';
import type { GreyPicture } from './normalise.js';
import { type Header, imageDataLength, readChunks } from './png-chunks.js';
import { toGrey } from './png-grey.js';

/**
 * The luminance of a PNG: any colour type and depth of the standard (ISO/IEC 15948), what is
 * transparent over white.
 *
 * fast-png decodes, but it would inflate a decompression bomb to its end, take an image that stops
 * in the middle, and an embedded colour profile of any size. So the chunks are checked before, the
 * image data are inflated once with their known length as the limit, and only the chunks that make
 * the image are passed on. Nothing of the image's size is allocated before the header is judged.
 *
 * @param file name for error messages
 * @throws {FileError} naming file and fault
 */
export async function decodePng(bytes: Uint8Array, file: string): Promise<GreyPicture> {
  const { header, essential, imageData } = readChunks(bytes, file);
  await checkImageData(imageData, header, file);
  const { decode } = await import('fast-png');
  let png: DecodedPng;
  try {
    png = decode(essential, { checkCrc: true });
  } catch (cause) {
    throw damaged(file, (cause as Error).message, cause);
  }
  const { width, height, indexed } = header;
  return { width, height, grey: toGrey(png, indexed, (fault) => damaged(file, fault)) };
}

/** Bytes inflated at a time: they are only counted, a picture's worth of them is never held. */
const PART = 2 ** 18;

/** Inflates to at most the length that the header promises. */
async function checkImageData(imageData: Uint8Array, header: Header, file: string): Promise<void> {
  const expected = imageDataLength(header);
  let found = 0;
  const inflate = createInflate({ chunkSize: PART });
  inflate.end(imageData);
  try {
    for await (const part of inflate) {
      found += (part as Uint8Array).length;
      if (found > expected) break;
    }
  } catch (cause) {
    const stopped = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    throw damaged(file, stopped ? 'the image data stop too early' : 'bad image data', cause);
  }
  if (found > expected) {
    throw damaged(file, `more image data than the ${expected} bytes of its size`);
  }
  if (found === expected) return;
  throw damaged(file, `expected ${expected} bytes of image data, found ${found}`);
}

function damaged(file: string, fault: string, cause?: unknown): FileError {
  return new FileError(`${file}: damaged PNG: ${fault}`, {
    hint: 'save the picture as PNG again',
    cause,
  });
}
