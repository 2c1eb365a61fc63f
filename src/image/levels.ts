/** One number of a pixel's three. */
export type Level = (red: number, green: number, blue: number) => number;

/** Of sRGB's primaries (IEC 61966-2-1), here of the gamma-coded values. */
export const luminance: Level = (red, green, blue) =>
  red === green && green === blue ? red : 0.2126 * red + 0.7152 * green + 0.0722 * blue;

/** Red, green and blue. */
export const CHANNELS: readonly Level[] = [
  (red) => red,
  (_red, green) => green,
  (_red, _green, blue) => blue,
];
