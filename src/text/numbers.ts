/** 1234567 → `1,234,567`, for whole numbers from 0. (Intl would cost 10 ms at start-up.) */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 0.92384 → `92.38 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Three figures: `812 images/s`, `40.1k images/s`, `2.35M images/s`. */
export function rate(imagesPerSecond: number): string {
  const [scale, unit] =
    imagesPerSecond < 999.5 ? [1, ''] : imagesPerSecond < 999_500 ? [1e3, 'k'] : [1e6, 'M'];
  const value = imagesPerSecond / scale;
  const places = unit === '' || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(places)}${unit} images/s`;
}

/** Nats to four places; a diverging loss in powers of ten. */
export function nats(loss: number): string {
  return loss < 1e5 ? loss.toFixed(4) : loss.toExponential(3);
}

/** `0.84 s`, `12.3 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** Seconds as a clock shows them: `0:07`, `12:30`, `1:02:05`. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const padded = (value: number) => String(value).padStart(2, '0');
  const head = hours > 0 ? `${hours}:${padded(minutes)}` : String(minutes);
  return `${head}:${padded(whole % 60)}`;
}

/** Bytes in thousands: `812 B`, `131.2 kB`, `4.7 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_950 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * The fields that fit into `columns`, two spaces apart: the last ones go first, the very first one
 * stays, cut if it must be.
 */
export function fit(fields: readonly string[], columns: number): string {
  let line = fields[0] ?? '';
  for (const field of fields.slice(1)) {
    if (line.length + 2 + field.length > columns) break;
    line += `  ${field}`;
  }
  return line.length > columns ? line.slice(0, columns) : line;
}

/** Rows of cells as lines: every column as wide as its widest cell, flush right, the first flush left. */
export function table(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [c, cell] of row.entries()) widths[c] = Math.max(widths[c] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]! + gap))),
  );
  return lines.map((cells) => cells.join('').trimEnd());
}
