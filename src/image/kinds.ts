/**
 * How files begin that are no PNG, most of them other kinds of picture: the first that fits is named.
 * In Latin-1, a dot for any byte.
 */
const KINDS: readonly (readonly [start: string, name: string])[] = [
  ['\xff\xd8\xff', 'a JPEG picture'],
  ['GIF8', 'a GIF picture'],
  ['RIFF....WEBP', 'a WebP picture'],
  ['BM....\0\0\0\0', 'a BMP picture'],
  ['\0\0\x01\0', 'an ICO icon'],
  ['II*\0', 'a TIFF picture'],
  ['MM\0*', 'a TIFF picture'],
  ['II+\0', 'a BigTIFF picture'],
  ['MM\0+', 'a BigTIFF picture'],
  ['\xff\x0a', 'a JPEG XL picture'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  ['\xff\x4f\xff\x51', 'a JPEG 2000 picture'],
  ['\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
  ['....ftypavi', 'an AVIF picture'],
  ['....ftyphe', 'a HEIC picture'],
  ['....ftypmif', 'a HEIC picture'],
  ['....ftypmsf', 'a HEIC picture'],
  ['....ftypcrx', 'a camera’s raw picture'],
  ['....ftyp', 'a video'],
  ['8BPS', 'a Photoshop picture (PSD)'],
  ['gimp xcf', 'a GIMP picture (XCF)'],
  ['qoif', 'a QOI picture'],
  ['%PDF-', 'a PDF'],
  ['%!PS', 'a PostScript drawing'],
];

/** What may stand in front of a document's first tag. No alternative begins as another: one pass. */
const PROLOG =
  /^(?:\s|<\?(?:[^?]|\?(?!>))*\?>|<!--(?:[^-]|-(?!->))*-->|<!DOCTYPE[^[>]*(?:\[[^\]]*\]\s*)?>)*/i;
/** Bytes that are looked at: more than the comments of a drawing's first lines. */
const START = 2 ** 14;

/** The kind of a file that is no PNG, with its article; undefined for what is not known. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, START)).toString('latin1');
  const known = KINDS.find(([letters]) =>
    [...letters].every((letter, i) => letter === '.' || letter === start[i]),
  );
  if (known) return known[1];
  // A byte-order mark in UTF-8 or UTF-16, and the zeros of UTF-16.
  const text = start.replace(/^(?:ï»¿|ÿþ|þÿ)/, '').replaceAll('\0', '');
  const tag = text.slice(PROLOG.exec(text)?.[0].length);
  if (/^<(?:[\w.-]+:)?svg[\s/>]/.test(tag)) return 'an SVG drawing';
  return /^<(?:html|head|body)\b/i.test(tag) ? 'a web page' : undefined;
}
