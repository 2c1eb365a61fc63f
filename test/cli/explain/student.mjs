// A student's network without hidden layers, with the mistake that is named on the command line.
import { createInterface } from 'node:readline';

const mistake = process.argv[2];

for await (const line of createInterface({ input: process.stdin })) {
  const { x, labels, W, b } = JSON.parse(line);
  const u = x.flat();
  const v = W.map(
    (row, i) =>
      row.reduce((sum, w, j) => sum + w * u[j], 0) + (mistake.endsWith('bias') ? 0 : b[i]),
  );
  const e = v.map(Math.exp);
  const y = e.map((ei) => ei / e.reduce((sum, one) => sum + one));
  const L = labels.reduce((sum, p, i) => sum + p * Math.log(y[i]), 0);
  const sign = mistake === 'sign' ? -1 : 1;
  const dL_dv = labels.map((p, i) => sign * (p - y[i]));
  const dL_dW = dL_dv.map((g) => u.map((uj) => g * uj));
  const dL_du = u.map((_, j) =>
    dL_dv.reduce((sum, g, i) => sum + (mistake === 'W' ? W[i][0] : W[i][j]) * g, 0),
  );
  // Only the last numbers, as of a program that shows nothing of its middle.
  if (mistake === 'quiet bias') console.log(JSON.stringify({ dL_dW }));
  else console.log(JSON.stringify({ v, y, L, dL_dv, dL_db: dL_dv, dL_dW, dL_du }));
}
