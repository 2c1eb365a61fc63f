/**
 * Reads a zip file by its directory. fflate would read it too, but inflates as much as a hostile file
 * gives, whatever size it claims, and compares no checksum.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 */
import { Inflate } from 'fflate';

const LOCAL = { mark: 0x04034b50, bytes: 30 };
const ENTRY = { mark: 0x02014b50, bytes: 46 };
const END = { mark: 0x06054b50, bytes: 22 };
const MAX_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;
/** Deflate unpacks a byte to at most 1032, so that no step gives more than 4 MB. */
const STEP = 4096;

export interface ZipEntry {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** @throws {Error} if they are not those that were packed */
  unpack(): Uint8Array;
}

/**
 * The entries by the directory at the file's end; nothing is unpacked yet.
 *
 * @param most entries
 * @throws {Error} saying what is wrong in a few words
 */
export function readZip(bytes: Uint8Array, most: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isAt = ({ mark, bytes: length }: typeof END, at: number): boolean =>
    at >= 0 && at + length <= bytes.length && view.getUint32(at, true) === mark;
  let end = bytes.length - END.bytes;
  const first = Math.max(0, end - MAX_COMMENT);
  while (end >= first && !isAt(END, end)) end--;
  if (end < first) throw new Error('no directory at its end');
  const count = view.getUint16(end + 10, true);
  if (count > most) throw new Error(`${count} entries`);
  let at = view.getUint32(end + 16, true);
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (!isAt(ENTRY, at)) throw new Error('a damaged directory');
    const nameAt = at + ENTRY.bytes;
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    if (!isAt(LOCAL, local)) throw new Error('a damaged directory');
    const start =
      local + LOCAL.bytes + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = bytes.subarray(start, start + view.getUint32(at + 20, true));
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const size = view.getUint32(at + 24, true);
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameLength)),
      size,
      unpack() {
        const content = method === STORED ? packed : inflate(packed, method, size);
        if (content.length !== size) throw new Error(`${content.length} bytes, not ${size}`);
        if (crc32(content) !== crc) throw new Error('a wrong checksum');
        return content;
      },
    });
    at = nameAt + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** No more than `size` bytes, and stops where there are more. */
function inflate(packed: Uint8Array, method: number, size: number): Uint8Array {
  if (method !== DEFLATED) throw new Error(`compression method ${method}`);
  const bytes = new Uint8Array(size);
  let at = 0;
  const stream = new Inflate((chunk) => {
    if (at + chunk.length > size) throw new Error(`more than ${size} bytes`);
    bytes.set(chunk, at);
    at += chunk.length;
  });
  for (let from = 0; from < packed.length; from += STEP) {
    stream.push(packed.subarray(from, from + STEP), from + STEP >= packed.length);
  }
  return bytes.subarray(0, at);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The checksum of zip, by the byte; a browser has none to offer. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
