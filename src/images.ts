/**
 * N grey pictures of one size with their labels, as the IDX files hold them: one byte a pixel,
 * row by row, image after image. Everything reads these bytes through views; nothing copies them.
 */
export interface LabelledImages {
  /** N, the number of images. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** K, the number of classes; every label is below it. */
  readonly classes: number;
  /** N × rows × columns bytes, 0 (background) to 255. */
  readonly pixels: Uint8Array;
  /** N bytes. */
  readonly labels: Uint8Array;
}
