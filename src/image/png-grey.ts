import type { DecodedPng } from 'fast-png';

/** Luminance of sRGB's primaries (IEC 61966-2-1), here of the gamma-coded values. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722] as const;
/** Colours that differ by less, in grey levels, are one colour. */
const ONE_COLOUR = 8;

/**
 * The luminance of a decoded PNG, 0 to 255, transparent pixels over white paper. Where all that can
 * be seen is of one colour, the drawing is in the transparency alone (white ink on nothing): then
 * it is drawn in black.
 *
 * @param indexed whether samples are numbers of the palette's colours; else a palette only advises
 * @throws what `fault` makes of a number without a colour
 */
export function toGrey(
  png: DecodedPng,
  indexed: boolean,
  fault: (text: string) => Error,
): Float32Array {
  const { luminance, alpha } = indexed ? fromPalette(png, fault) : fromSamples(png);
  if (!alpha) return luminance;
  const black = isOneColour(luminance, alpha);
  // In place: a large picture has 67 MB of it.
  for (let i = 0; i < luminance.length; i++) {
    luminance[i] = 255 + ((black ? 0 : luminance[i]!) - 255) * alpha[i]!;
  }
  return luminance;
}

interface Pixels {
  /** 0 to 255. */
  readonly luminance: Float32Array;
  /** 0 transparent to 1 opaque; undefined if all are opaque. */
  readonly alpha: Float32Array | undefined;
}

function fromSamples(png: DecodedPng): Pixels {
  const { width, height, channels, depth, transparency } = png;
  const sample = sampleReader(png);
  const largest = 2 ** depth - 1;
  const colours = channels <= 2 ? 1 : 3;
  const luminance = new Float32Array(width * height);
  const hasAlpha = channels > colours || transparency !== undefined;
  const alpha = hasAlpha ? new Float32Array(width * height) : undefined;
  for (let i = 0; i < luminance.length; i++) {
    const grey =
      colours === 1
        ? sample(i, 0)
        : RED * sample(i, 0) + GREEN * sample(i, 1) + BLUE * sample(i, 2);
    luminance[i] = (255 * grey) / largest;
    if (!alpha) continue;
    if (channels > colours) alpha[i] = sample(i, colours) / largest;
    else alpha[i] = transparency!.every((value, k) => sample(i, k) === value) ? 0 : 1;
  }
  return { luminance, alpha };
}

function fromPalette(png: DecodedPng, fault: (text: string) => Error): Pixels {
  const { palette = [] } = png;
  const sample = sampleReader(png);
  const luminance = new Float32Array(png.width * png.height);
  const alpha = palette.some((colour) => colour.length > 3)
    ? new Float32Array(luminance.length)
    : undefined;
  for (let i = 0; i < luminance.length; i++) {
    const colour = palette[sample(i, 0)];
    if (!colour) throw fault(`colour ${sample(i, 0)} is not in its palette of ${palette.length}`);
    luminance[i] = RED * colour[0]! + GREEN * colour[1]! + BLUE * colour[2]!;
    if (alpha) alpha[i] = (colour[3] ?? 255) / 255;
  }
  return { luminance, alpha };
}

/** Reads channel `k` of pixel `i`; below 8 bits the samples of a row are packed, highest bits first. */
function sampleReader({ width, channels, depth, data }: DecodedPng) {
  if (depth >= 8) return (i: number, k: number): number => data[i * channels + k]!;
  const rowBytes = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  return (i: number, _: number): number => {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)]!;
    return (byte >> (8 - depth - (bit & 7))) & mask;
  };
}

function isOneColour(luminance: Float32Array, alpha: Float32Array): boolean {
  let [least, most, clear] = [255, 0, false];
  for (let i = 0; i < alpha.length; i++) {
    if (alpha[i]! < 0.5) clear = true;
    else {
      least = Math.min(least, luminance[i]!);
      most = Math.max(most, luminance[i]!);
    }
  }
  return clear && most - least < ONE_COLOUR;
}
