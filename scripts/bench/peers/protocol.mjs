// What the peers in JavaScript share, as protocol.py is for those in Python: options and visiting order.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * @param {string} name of the one option that only this peer has
 * @param {string} value its default
 */
export function readOptions(name, value) {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string', default: '' },
      'batch-size': { type: 'string', default: '64' },
      epochs: { type: 'string', default: '5' },
      threads: { type: 'string', default: '1' },
      lr: { type: 'string', default: '0.1' },
      order: { type: 'string' },
      [name]: { type: 'string', default: value },
    },
  });
  return {
    dataDir: String(values['data-dir']),
    batchSize: Number(values['batch-size']),
    epochs: Number(values.epochs),
    threads: Number(values.threads),
    learningRate: Number(values.lr),
    orders: values.order === undefined ? undefined : readOrders(String(values.order)),
    own: String(values[name]),
  };
}

/** Of all epochs, one after another: uint32, little-endian. @param {string} file */
function readOrders(file) {
  const bytes = readFileSync(file);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
}
