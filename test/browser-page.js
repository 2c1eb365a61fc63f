// A page's program: trains on mnist-mini as the command line does, and shows the SHA-256 of model.json.
import {
  createSimdKernel,
  formatModel,
  initialParameters,
  joinLabelled,
  parseIdxImages,
  parseIdxLabels,
  runToEnd,
  scoreOf,
  train,
  trainedModel,
} from 'backprop-train/browser';

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const utf8 = new TextEncoder();
const NAMES = [
  'train-images-idx3',
  'train-labels-idx1',
  't10k-images-idx3',
  't10k-labels-idx1',
].map((name) => `${name}-ubyte`);

async function loadData() {
  const files = [];
  let lines = '';
  for (const name of NAMES) {
    const bytes = new Uint8Array(await (await fetch(`data/${name}`)).arrayBuffer());
    files.push(bytes);
    lines += `${await sha256(bytes)}  ${name}\n`;
  }
  const split = (at) => {
    const images = parseIdxImages(files[at], NAMES[at]);
    return joinLabelled(images, parseIdxLabels(files[at + 1], NAMES[at + 1]), 10);
  };
  return {
    name: 'mnist-mini',
    sha256: await sha256(utf8.encode(lines)),
    train: split(0),
    test: split(2),
  };
}

const hyperparameters = JSON.parse(decodeURIComponent(location.search.slice(1)));
const data = await loadData();
const kernel = await createSimdKernel({ ...data.train, hidden: hyperparameters.hidden });
kernel.setParameters(initialParameters(kernel.shape, hyperparameters));
const result = runToEnd(train(kernel, kernel.load(data.train), hyperparameters));
kernel.setParameters(result.parameters);
const test = scoreOf(kernel.evaluate(kernel.load(data.test)), data.test);
const model = trainedModel({ kernel, data, hyperparameters, result, test });
const output = document.createElement('output');
output.textContent = await sha256(utf8.encode(formatModel(model)));
document.body.append(output);
