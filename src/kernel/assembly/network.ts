import { UNITS as DEEP_UNITS, ROW } from './deep/linear';
import { BANDS } from './encode';
import { job, layerAt } from './job';
import { allocateZeros, lines } from './memory';
import { CLASSES, RANGE, SLOTS, STRIDE } from './plain/pairs';
import { pairsInBand } from './set';

/**
 * A linear layer, v = W u + b. Its inputs are in two bands, its units in blocks of 16 (10 in the plain
 * network, which fit its registers better); W lies in each band block by block, and in each block input
 * by input: what an input adds to a block's scores is a few vectors side by side, and what a band has of
 * a block, 25 kB of MNIST's, stays in the nearest caches.
 */
@unmanaged
export class Linear {
  inputs: usize;
  units: usize;
  /** Which inputs are in which band; see `weightAt`. */
  form: i32;
  /** Units and slots of a block: scores and deltas have 12 slots for every 10 units, or as many as units. */
  blockUnits: usize;
  blockSlots: usize;
  blocks: usize;
  /** Inputs of a band (PAIRS: pairs), bytes of its weights in a block and in all blocks. */
  bandInputs: usize;
  blockSize: usize;
  bandSize: usize;
  /** W; b: a float a slot. Their velocity; the batch's gradient of W, and of b. 0 where nothing has needed one yet. */
  weight: usize;
  bias: usize;
  velocity: usize;
  biasVelocity: usize;
  gradient: usize;
  biasGradient: usize;
  /** What the inputs are times RANGE of (plain/pairs.ts), or 1. */
  range: f32;
  /** Bytes from one image's scores to the next one's, and from one band's to the next one's. */
  rowSize: usize;
  scoresSize: usize;
  /** Scores of each band, W u; ∂L/∂v. */
  scores: usize;
  deltas: usize;
  /** deep/entries.ts: where the entries of each band of each image begin and end; those made here. */
  spans: usize;
  entries: usize;
}

/** The plain network's only layer: pairs of pixels, even ones in band 0, odd ones in band 1. */
export const PAIRS: i32 = 0;
/** A deep network's first layer: the pixels of those pairs. */
export const PIXELS: i32 = 1;
/** The other layers: band 0 has the first half of the blocks of the layer before. */
export const UNITS: i32 = 2;

/** A network of `depth` linear layers, to be added from the picture's side. */
export function createNetwork(inputs: usize, depth: usize): void {
  job.inputs = inputs;
  job.layers = allocateZeros(depth << 2);
  job.depth = depth;
  job.parameterCount = 0;
}

/** Layer `l`, of `units`; all its parameters are 0. */
export function addLinear(l: usize, units: usize): void {
  const layer = changetype<Linear>(allocateZeros(offsetof<Linear>()));
  store<usize>(job.layers + (l << 2), changetype<usize>(layer));
  const isPlain = job.depth == 1;
  layer.form = isPlain ? PAIRS : l == 0 ? PIXELS : UNITS;
  layer.units = units;
  layer.blockUnits = isPlain ? CLASSES : DEEP_UNITS;
  layer.blockSlots = isPlain ? SLOTS : DEEP_UNITS;
  layer.range = isPlain ? RANGE : 1;
  layer.blocks = (units + layer.blockUnits - 1) / layer.blockUnits;
  if (l == 0) {
    layer.inputs = job.inputs;
    layer.bandInputs = isPlain ? pairsInBand(job.inputs) : 2 * pairsInBand(job.inputs);
  } else {
    const before = layerAt(l - 1);
    layer.inputs = before.units;
    layer.bandInputs = ((before.blocks + BANDS - 1) / BANDS) * before.blockUnits;
  }
  layer.blockSize = layer.bandInputs * (isPlain ? STRIDE : ROW);
  layer.bandSize = layer.blocks * layer.blockSize;
  layer.weight = allocateZeros(weightSize(layer));
  layer.bias = allocateZeros(biasSize(layer));
  layer.biasGradient = allocateZeros(biasSize(layer));
  // An odd number of lines: else the rows of a batch would share a few sets of the first cache.
  layer.rowSize = isPlain ? slotsOf(layer) << 2 : lines(slotsOf(layer) << 2) | 64;
  job.parameterCount += units * (layer.inputs + 1);
  job.classes = units;
  if (l == job.depth - 1) padClasses(layer);
}

function weightSize(layer: Linear): usize {
  return BANDS * layer.bandSize;
}

function biasSize(layer: Linear): usize {
  return slotsOf(layer) << 2;
}

export function slotsOf(layer: Linear): usize {
  return layer.blocks * layer.blockSlots;
}

/** Where unit i lies among the slots, and which unit lies in a slot. */
export function slotOf(layer: Linear, i: usize): usize {
  return i + (layer.blockSlots - layer.blockUnits) * (i / layer.blockUnits);
}

export function unitOf(layer: Linear, slot: usize): usize {
  return slot - (layer.blockSlots - layer.blockUnits) * (slot / layer.blockSlots);
}

/** Units of a block; behind them are slots of nobody. */
export function unitsOf(layer: Linear, block: usize): usize {
  return min(layer.blockUnits, layer.units - block * layer.blockUnits);
}

/** The slots that are no class have a score of −∞, and so a probability of 0. */
function padClasses(layer: Linear): void {
  for (let block: usize = 0; block < layer.blocks; block++) {
    const slot = block * layer.blockSlots;
    for (let i = unitsOf(layer, block); i < layer.blockSlots; i++) {
      store<f32>(layer.bias + ((slot + i) << 2), -Infinity);
    }
  }
}

/** Momentum's velocity, which is 0 until something needs it. */
export function needVelocity(layer: Linear): void {
  if (layer.velocity != 0) return;
  layer.velocity = allocateZeros(weightSize(layer));
  layer.biasVelocity = allocateZeros(biasSize(layer));
}

/** The gradient of W by itself, which is 0 between two steps. */
export function needGradient(layer: Linear): void {
  if (layer.gradient == 0) layer.gradient = allocateZeros(weightSize(layer));
}

/** Address of w_ij, of unit i and input j, in an array of W's form. */
function weightAt(layer: Linear, all: usize, i: usize, j: usize): usize {
  const block = i / layer.blockUnits;
  const unit = i % layer.blockUnits;
  const form = layer.form;
  const band = form == UNITS ? j / layer.bandInputs : (j >> 1) % BANDS;
  const at = all + band * layer.bandSize + block * layer.blockSize;
  if (form == UNITS) return at + (j % layer.bandInputs) * ROW + (unit << 2);
  const pair = (j >> 1) / BANDS;
  if (form == PIXELS) return at + (2 * pair + (j & 1)) * ROW + (unit << 2);
  // Classes 0 to 7 of one pixel, then of the other; then classes 8 and 9 of both.
  const place = unit < 8 ? unit + 8 * (j & 1) : unit + 8 + 2 * (j & 1);
  return at + pair * STRIDE + (place << 2);
}

/** From one flat array, W¹ row by row, b¹, W², …: the parameters, or the velocity. */
export function loadLayers(from: usize, isVelocity: bool): void {
  for (let l: usize = 0; l < job.depth; l++) {
    const layer = layerAt(l);
    if (isVelocity) needVelocity(layer);
    const weight = isVelocity ? layer.velocity : layer.weight;
    const bias = isVelocity ? layer.biasVelocity : layer.bias;
    memory.fill(weight, 0, weightSize(layer));
    memory.fill(bias, 0, biasSize(layer));
    memory.fill(layer.biasGradient, 0, biasSize(layer));
    for (let i: usize = 0; i < layer.units; i++) {
      for (let j: usize = 0; j < layer.inputs; j++) {
        store<f32>(weightAt(layer, weight, i, j), load<f32>(from));
        from += 4;
      }
    }
    for (let i: usize = 0; i < layer.units; i++) {
      store<f32>(bias + (slotOf(layer, i) << 2), load<f32>(from));
      from += 4;
    }
    if (l == job.depth - 1 && !isVelocity) padClasses(layer);
  }
}

/** And back. */
export function storeLayers(to: usize, isVelocity: bool): void {
  for (let l: usize = 0; l < job.depth; l++) {
    const layer = layerAt(l);
    const weight = isVelocity ? layer.velocity : layer.weight;
    const bias = isVelocity ? layer.biasVelocity : layer.bias;
    // A velocity that nothing has needed.
    if (weight == 0) {
      const size = (layer.units * (layer.inputs + 1)) << 2;
      memory.fill(to, 0, size);
      to += size;
      continue;
    }
    for (let i: usize = 0; i < layer.units; i++) {
      for (let j: usize = 0; j < layer.inputs; j++) {
        store<f32>(to, load<f32>(weightAt(layer, weight, i, j)));
        to += 4;
      }
    }
    for (let i: usize = 0; i < layer.units; i++) {
      store<f32>(to, load<f32>(bias + (slotOf(layer, i) << 2)));
      to += 4;
    }
  }
}
