import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accuracy,
  confusionMatrix,
  mcnemarExact,
  meanNegativeLogLikelihood,
  mostConfidentMistakes,
  pairedCounts,
  perClassReport,
  wilsonInterval,
} from '../src/metrics.js';

const labels = Uint8Array.of(0, 0, 0, 1, 1, 2);
const predicted = Uint8Array.of(0, 0, 1, 1, 0, 1);
const seeded = { seed: 20240611, numRuns: 300 };

/** N images with labels and predictions of K classes, and a probability each. */
const anyPredictions = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 60 }))
  .chain(([classes, count]) => {
    const ofClass = fc.uint8Array({ min: 0, max: classes - 1, minLength: count, maxLength: count });
    // Eighths, so that equal probabilities are common.
    const eighths = fc.array(fc.integer({ min: 0, max: 8 }), {
      minLength: count,
      maxLength: count,
    });
    return fc.record({
      classes: fc.constant(classes),
      labels: ofClass,
      predicted: ofClass,
      probability: eighths.map((values) => Float64Array.from(values, (value) => value / 8)),
    });
  });

describe('worked by hand', () => {
  test('accuracy is the share of right predictions', () => {
    expect(accuracy(predicted, labels)).toBe(3 / 6);
  });

  test('the loss is minus the mean log-likelihood', () => {
    const logLikelihoods = Float64Array.of(Math.log(0.5), Math.log(0.25), 0);
    expect(meanNegativeLogLikelihood(logLikelihoods)).toBeCloseTo(Math.LN2, 15);
    expect(meanNegativeLogLikelihood(Float32Array.of(-1, -2, -4.5))).toBe(2.5);
  });

  test('a perfect score has a loss of 0, not -0', () => {
    expect(meanNegativeLogLikelihood(Float64Array.of(0, 0))).toBe(0);
  });

  test('the loss adds in file order', () => {
    expect(meanNegativeLogLikelihood(Float64Array.of(-1, -1e16, 1e16, 0))).toBe(0);
    expect(meanNegativeLogLikelihood(Float64Array.of(-1e16, 1e16, -1, 0))).toBe(0.25);
  });

  test('the confusion matrix has true classes in rows and predictions in columns', () => {
    expect(confusionMatrix(predicted, labels, 3)).toEqual(
      Uint32Array.of(...[2, 1, 0], ...[1, 1, 0], ...[0, 1, 0]),
    );
  });

  test('the report gives each class its figures, and 0 where nothing was predicted', () => {
    const { classes, macroAverage } = perClassReport(confusionMatrix(predicted, labels, 3), 3);
    expect(classes).toEqual([
      { precision: 2 / 3, recall: 2 / 3, f1: 4 / 6, support: 3 },
      { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5, support: 2 },
      { precision: 0, recall: 0, f1: 0, support: 1 },
    ]);
    expect(macroAverage.precision).toBeCloseTo(1 / 3, 15);
    expect(macroAverage.recall).toBeCloseTo(7 / 18, 15);
    expect(macroAverage.f1).toBeCloseTo(16 / 45, 15);
    expect(macroAverage.support).toBe(6);
  });

  test('a class in neither labels nor predictions has figures of 0 and no NaN', () => {
    const report = perClassReport(Uint32Array.of(5, 0, 0, 0), 2);
    expect(report.classes[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
    expect(report.macroAverage).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, support: 5 });
  });

  test('mistakes come by falling probability, equal ones by index', () => {
    const probability = Float32Array.of(1, 1, 0.5, 1, 0.75, 0.5);
    expect(mostConfidentMistakes(predicted, labels, probability, 10)).toEqual([
      { index: 4, label: 1, predicted: 0, probability: 0.75 },
      { index: 2, label: 0, predicted: 1, probability: 0.5 },
      { index: 5, label: 2, predicted: 1, probability: 0.5 },
    ]);
    expect(mostConfidentMistakes(predicted, labels, probability, 1)).toHaveLength(1);
    expect(mostConfidentMistakes(predicted, labels, probability, 0)).toEqual([]);
  });
});

describe('for any predictions', () => {
  test('the confusion matrix counts every image once and its diagonal gives the accuracy', () => {
    fc.assert(
      fc.property(anyPredictions, ({ classes, labels, predicted }) => {
        const confusion = confusionMatrix(predicted, labels, classes);
        let all = 0;
        let diagonal = 0;
        confusion.forEach((count, at) => {
          all += count;
          if (at % (classes + 1) === 0) diagonal += count;
        });
        expect(all).toBe(labels.length);
        expect(diagonal / all).toBe(accuracy(predicted, labels));
      }),
      seeded,
    );
  });

  test('figures lie in 0 … 1, F1 is the harmonic mean, recall weighted by support is accuracy', () => {
    fc.assert(
      fc.property(anyPredictions, ({ classes, labels, predicted }) => {
        const report = perClassReport(confusionMatrix(predicted, labels, classes), classes);
        let found = 0;
        for (const { precision, recall, f1, support } of report.classes) {
          for (const figure of [precision, recall, f1]) {
            expect(figure).toBeGreaterThanOrEqual(0);
            expect(figure).toBeLessThanOrEqual(1);
          }
          const harmonic = precision + recall && (2 * precision * recall) / (precision + recall);
          expect(f1).toBeCloseTo(harmonic, 12);
          found += recall * support;
        }
        expect(report.macroAverage.support).toBe(labels.length);
        expect(found / labels.length).toBeCloseTo(accuracy(predicted, labels), 12);
      }),
      seeded,
    );
  });

  test('swapping labels and predictions swaps precision and recall', () => {
    fc.assert(
      fc.property(anyPredictions, ({ classes, labels, predicted }) => {
        const one = perClassReport(confusionMatrix(predicted, labels, classes), classes);
        const other = perClassReport(confusionMatrix(labels, predicted, classes), classes);
        expect(one.classes.map((c) => c.precision)).toEqual(other.classes.map((c) => c.recall));
        expect(one.classes.map((c) => c.f1)).toEqual(other.classes.map((c) => c.f1));
      }),
      seeded,
    );
  });

  test('the mistakes are all the wrong images, in order, and a shorter list is a prefix', () => {
    fc.assert(
      fc.property(anyPredictions, fc.nat(60), ({ labels, predicted, probability }, count) => {
        const all = mostConfidentMistakes(predicted, labels, probability, labels.length);
        const wrong = Math.round((1 - accuracy(predicted, labels)) * labels.length);
        expect(all).toHaveLength(wrong);
        for (let at = 1; at < all.length; at++) {
          const [a, b] = [all[at - 1]!, all[at]!];
          const inOrder =
            a.probability > b.probability || (a.probability === b.probability && a.index < b.index);
          expect(inOrder).toBe(true);
        }
        const some = mostConfidentMistakes(predicted, labels, probability, count);
        expect(some).toEqual(all.slice(0, count));
      }),
      seeded,
    );
  });
});

describe('wilsonInterval', () => {
  // SciPy 1.17: binomtest(k, n).proportion_ci(method='wilson'). The first four are in Newcombe (1998).
  test.each([
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [15, 148, 0.06238639953073629, 0.16048724172330803],
    [0, 20, 0, 0.16112515805281935],
    [1, 29, 0.006113214292762667, 0.17175521879320282],
    [29, 29, 0.8830302015002592, 1],
    [9255, 10_000, 0.9201884742372172, 0.9304847431493369],
  ])('%i of %i', (correct, count, low, high) => {
    const interval = wilsonInterval(correct, count);
    expect(interval.low).toBeCloseTo(low, 13);
    expect(interval.high).toBeCloseTo(high, 13);
  });

  test('its ends are z standard errors of their own from the share, within 0 … 1, and mirrored', () => {
    const any = fc.tuple(
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const property = fc.property(any, ([count, share]) => {
      const correct = Math.round(share * count);
      const { low, high } = wilsonInterval(correct, count);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      for (const end of [low, high]) {
        const deviation = (correct / count - end) ** 2;
        expect(deviation * count).toBeCloseTo(1.959963984540054 ** 2 * end * (1 - end), 9);
      }
      const mirrored = wilsonInterval(count - correct, count);
      expect(mirrored.low).toBeCloseTo(1 - high, 13);
      expect(mirrored.high).toBeCloseTo(1 - low, 13);
    });
    fc.assert(property, seeded);
  });

  test.each([
    [0, 0],
    [-1, 5],
    [6, 5],
    [Number.NaN, 5],
  ])('refuses %d of %d', (correct, count) => {
    expect(() => wilsonInterval(correct, count)).toThrow('expected 0 to N correct of N > 0 images');
  });
});

describe('mcnemarExact', () => {
  // SciPy 1.17: binomtest(b, b + c).pvalue, the same as R's binom.test(b, b + c)$p.value.
  test.each([
    [5, 15, 0.04138946533203125],
    [1, 0, 1],
    [0, 6, 0.03125],
    [9, 16, 0.2295229434967041],
    [121, 59, 4.4344492637551645e-6],
    [57, 603, 4.885733970836373e-116],
    [2500, 2700, 0.0057814420391163164],
    [4900, 5100, 0.04658552770494645],
    [0, 1000, 1.8665272370064378e-301],
  ])('%i to %i', (b, c, p) => {
    expect(mcnemarExact(b, c) / p).toBeCloseTo(1, 9);
    expect(mcnemarExact(c, b)).toBe(mcnemarExact(b, c));
  });

  test('is the binomial sum, added up in whole numbers', () => {
    for (let n = 0; n <= 60; n++) {
      let binomial = 1n;
      let sum = 0n;
      for (let b = 0; 2 * b <= n; b++) {
        sum += binomial;
        binomial = (binomial * BigInt(n - b)) / BigInt(b + 1);
        const p = Math.min(1, Number(2n * sum) / 2 ** n);
        expect(mcnemarExact(b, n - b), `${b} of ${n}`).toBeCloseTo(p, 13);
      }
    }
  });

  test('neither overflows nor goes below 0', () => {
    expect(mcnemarExact(0, 60_000)).toBe(0);
    expect(mcnemarExact(30_000, 30_000)).toBe(1);
    expect(mcnemarExact(29_999, 30_000)).toBe(1);
    expect(() => mcnemarExact(-1, 2)).toThrow('whole numbers from 0, found -1 and 2');
    expect(() => mcnemarExact(1, 0.5)).toThrow('whole numbers from 0');
  });
});

describe('pairedCounts', () => {
  test('worked by hand', () => {
    const second = Uint8Array.of(0, 1, 1, 1, 1, 2);
    expect(pairedCounts(predicted, second, labels)).toEqual({
      bothRight: 2,
      onlyFirst: 1,
      onlySecond: 2,
      bothWrong: 1,
    });
  });

  test('agrees with the accuracy of each', () => {
    const property = fc.property(anyPredictions, anyPredictions, (one, other) => {
      const count = Math.min(one.labels.length, other.labels.length);
      const [labels, first, second] = [one.labels, one.predicted, other.predicted].map((values) =>
        values.subarray(0, count),
      ) as [Uint8Array, Uint8Array, Uint8Array];
      const { bothRight, onlyFirst, onlySecond, bothWrong } = pairedCounts(first, second, labels);
      expect(bothRight + onlyFirst + onlySecond + bothWrong).toBe(count);
      expect((bothRight + onlyFirst) / count).toBe(accuracy(first, labels));
      expect((bothRight + onlySecond) / count).toBe(accuracy(second, labels));
    });
    fc.assert(property, seeded);
  });
});

describe('refuses', () => {
  test('no images', () => {
    const none = new Uint8Array(0);
    expect(() => accuracy(none, none)).toThrow(/at least one image/);
    expect(() => meanNegativeLogLikelihood(new Float64Array(0))).toThrow(/at least one image/);
  });

  test('lengths that differ, saying which', () => {
    const short = Uint8Array.of(1);
    expect(() => accuracy(short, labels)).toThrow('predicted: expected 6 values');
    expect(() => mostConfidentMistakes(labels, labels, new Float32Array(2), 1)).toThrow(
      'probabilityOfPredicted: expected 6 values, one per label, found 2',
    );
  });

  test('a class beyond K, naming the image', () => {
    expect(() => confusionMatrix(predicted, labels, 2)).toThrow(
      'image 5: expected classes 0 to 1, found label 2, predicted 1',
    );
  });

  test('a matrix that is not K×K', () => {
    expect(() => perClassReport(new Uint32Array(8), 3)).toThrow('expected 3×3 counts, found 8');
  });
});
