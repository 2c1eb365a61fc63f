// Small self-contained SVG charts: data in, text out. Readable on light and dark pages.

/**
 * Neighbours of the same `group` stand under its name.
 * @typedef {{ label: string, median: number, low: number, high: number, ours?: boolean, group?: string }} Bar
 */
/** @typedef {{ label: string, points: [number, number][], ours?: boolean }} Series */

// Mid tones that hold on white and on near-black; the first is for what is ours.
const colours = [
  '#2f81f7',
  '#c2701d',
  '#2f9e5b',
  '#a259c4',
  '#c94f6d',
  '#6b7f92',
  '#9a8b1f',
  '#2a97a3',
];

const style = `<style>
  text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .ours { font-weight: 600 }
  .soft { fill: #59636e; font-size: 12px }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .whisker { stroke: #1f2328; stroke-width: 1.5; fill: none }
  .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .soft { fill: #9198a1 }
    .grid { stroke: #363c44 }
    .whisker { stroke: #e6edf3 }
    .ground { fill: #0d1117 }
  }
</style>`;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** At most one decimal of a pixel: the files are committed. @param {number} value */
const px = (value) => String(Math.round(value * 10) / 10);

/** Three significant digits, thousands with a comma. @param {number} value */
function short(value) {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 6))).toLocaleString('en', {
    maximumFractionDigits: 6,
  });
}

/** Generous width of a text of 13px, for margins. @param {string} text */
const width13 = (text) => text.length * 8;

/**
 * An axis from data to pixels, with its ticks.
 * @param {number[]} values @param {number} from @param {number} to @param {'linear' | 'log' | 'log from below'} kind
 */
function axis(values, from, to, kind) {
  const largest = Math.max(...values);
  if (kind !== 'linear') {
    // From below: a bar of exactly 10 needs an axis from 1, a point does not.
    const nudge = kind === 'log' ? 1e-9 : -1e-9;
    const low = Math.floor(Math.log10(Math.min(...values)) + nudge);
    const high = Math.max(Math.log10(largest), low + 1);
    const ticks = [];
    for (let e = low; e <= high + 1e-9; e++) ticks.push(10 ** e);
    return {
      ticks,
      /** @param {number} value */
      at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    };
  }
  const rough = largest / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * decade).find((n) => n >= rough) ?? rough;
  const ticks = [];
  for (let n = 0; n * step <= largest * 1.0001; n++) ticks.push(n * step);
  return {
    ticks,
    /** @param {number} value */
    at: (value) => from + (value / largest) * (to - from),
  };
}

/**
 * @param {number} width @param {number} height @param {string} title @param {string} description
 * @param {string[]} body
 */
function svg(width, height, title, description, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(description)}</desc>
${style}
<rect class="ground" width="${width}" height="${height}" rx="6"/>
${body.join('\n')}
</svg>
`;
}

/**
 * Horizontal bars of medians, with whiskers from low to high and the value behind each.
 * @param {{ title: string, unit: string, subtitle?: string, bars: Bar[], log?: boolean }} chart
 */
export function barChart({ title, unit, subtitle = '', bars, log = false }) {
  const width = 760;
  const rowHeight = 30;
  const top = subtitle ? 68 : 50;
  const left = 24 + Math.max(...bars.map(({ label }) => width13(label)));
  const right = width - 96; // room for the value
  let bottom = top;
  const rows = bars.map((bar, index) => {
    const heading = bar.group !== undefined && bar.group !== bars[index - 1]?.group;
    if (heading) bottom += rowHeight;
    bottom += rowHeight;
    return { ...bar, y: bottom - rowHeight, heading: heading ? bar.group : undefined };
  });
  const all = bars.flatMap(({ median, low, high }) => [median, low, high]);
  const { ticks, at } = axis(all, left, right, log ? 'log from below' : 'linear');
  const body = [`<text class="title" x="16" y="28">${escaped(title)}</text>`];
  if (subtitle) body.push(`<text class="soft" x="16" y="48">${escaped(subtitle)}</text>`);
  for (const tick of ticks) {
    const x = px(at(tick));
    body.push(
      `<path class="grid" d="M${x} ${top - 4}V${bottom + 4}"/>`,
      `<text class="soft" x="${x}" y="${bottom + 20}" text-anchor="middle">${short(tick)}</text>`,
    );
  }
  const scale = log ? `${unit}, logarithmic` : unit;
  body.push(
    `<text class="soft" x="${px((left + right) / 2)}" y="${bottom + 40}" text-anchor="middle">${escaped(scale)}</text>`,
  );
  for (const { label, median, low, high, ours, y, heading } of rows) {
    if (heading !== undefined) {
      body.push(
        `<text class="ours" x="16" y="${y - rowHeight / 2 + 8}">${escaped(heading)}</text>`,
      );
    }
    const middle = y + rowHeight / 2;
    const emphasis = ours ? ' class="ours"' : '';
    body.push(
      `<text x="${px(left - 10)}" y="${middle + 4.5}" text-anchor="end"${emphasis}>${escaped(label)}</text>`,
      `<rect x="${px(left)}" y="${y + 6}" width="${px(at(median) - left)}" height="${rowHeight - 12}" rx="2" fill="${ours ? colours[0] : colours[5]}"/>`,
      `<path class="whisker" d="M${px(at(low))} ${middle}H${px(at(high))}M${px(at(low))} ${middle - 4}v8M${px(at(high))} ${middle - 4}v8"/>`,
      `<text x="${px(at(Math.max(median, high)) + 8)}" y="${middle + 4.5}"${emphasis}>${short(median)}</text>`,
    );
  }
  const description = bars
    .map(
      ({ label, median, group }) => `${group ? `${group}, ` : ''}${label} ${short(median)} ${unit}`,
    )
    .join(', ');
  return svg(width, bottom + 54, title, description, body);
}

/**
 * Lines over two logarithmic axes, each named at its right end.
 * @param {{ title: string, xLabel: string, yLabel: string, subtitle?: string, series: Series[] }} chart
 */
export function lineChart({ title, xLabel, yLabel, subtitle = '', series }) {
  const width = 760;
  const height = 420;
  const top = subtitle ? 68 : 50;
  const bottom = height - 58;
  const left = 72;
  const right = width - 24 - Math.max(...series.map(({ label }) => width13(label)));
  const points = series.flatMap((one) => one.points);
  const x = axis(
    points.map((p) => p[0]),
    left,
    right,
    'log',
  );
  const y = axis(
    points.map((p) => p[1]),
    bottom,
    top,
    'log',
  );
  const body = [`<text class="title" x="16" y="28">${escaped(title)}</text>`];
  if (subtitle) body.push(`<text class="soft" x="16" y="48">${escaped(subtitle)}</text>`);
  for (const tick of x.ticks) {
    const at = px(x.at(tick));
    body.push(
      `<path class="grid" d="M${at} ${top}V${bottom}"/>`,
      `<text class="soft" x="${at}" y="${bottom + 18}" text-anchor="middle">${short(tick)}</text>`,
    );
  }
  for (const tick of y.ticks) {
    const at = y.at(tick);
    body.push(
      `<path class="grid" d="M${left} ${px(at)}H${px(right)}"/>`,
      `<text class="soft" x="${left - 8}" y="${px(at + 4)}" text-anchor="end">${short(tick)}</text>`,
    );
  }
  const middle = px((top + bottom) / 2);
  body.push(
    `<text class="soft" x="${px((left + right) / 2)}" y="${bottom + 40}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text class="soft" transform="translate(20 ${middle}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
  );

  // Names stand at the lines' ends, moved apart where they would overlap.
  const names = series
    .map(({ label, points: line }, index) => ({ label, index, y: y.at(line[line.length - 1][1]) }))
    .sort((a, b) => a.y - b.y);
  for (let i = 1; i < names.length; i++) names[i].y = Math.max(names[i].y, names[i - 1].y + 16);
  const excess = Math.max(0, (names.at(-1)?.y ?? 0) - bottom);

  let peers = 0;
  series.forEach(({ label, points: line, ours }, index) => {
    const colour = ours ? colours[0] : colours[1 + (peers++ % (colours.length - 1))];
    const path = line.map(([a, b], i) => `${i ? 'L' : 'M'}${px(x.at(a))} ${px(y.at(b))}`).join('');
    body.push(
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${ours ? 3 : 2}" stroke-linejoin="round"/>`,
      ...line.map(
        ([a, b]) => `<circle cx="${px(x.at(a))}" cy="${px(y.at(b))}" r="3.5" fill="${colour}"/>`,
      ),
    );
    const name = names.find((one) => one.index === index);
    body.push(
      `<text x="${px(x.at(line[line.length - 1][0]) + 10)}" y="${px((name?.y ?? 0) - excess + 4)}" style="fill:${colour}"${ours ? ' class="ours"' : ''}>${escaped(label)}</text>`,
    );
  });
  const description = series
    .map(
      ({ label, points: line }) =>
        `${label}: ${line.map((p) => `${short(p[0])} → ${short(p[1])}`).join(', ')}`,
    )
    .join('; ');
  return svg(width, height, title, description, body);
}
