/* The native limit: softmax regression, plain SGD, over the non-zero pixels.
 *
 *   cc -O3 -march=native -pthread native.c -o native -lm     (AVX-512, AVX2 or NEON: what -march gives)
 *   ./native --data-dir DIR [--batch-size 64] [--epochs 5] [--lr 0.1] [--threads 1] [--order FILE]
 *
 * Shape of the work. 19 % of the pixels are non-zero, so an image is a list of (row, value): the row
 * of W as a byte offset in 16 bits, the value as the byte it is, 3 bytes an entry. W is pixel-major,
 * its classes padded to 16 floats: one 64-byte vector a pixel. Forward is one multiply-add an entry,
 * the update load, multiply-add, store. The update goes into W itself, with no gradient buffer, so
 * its order of sums within a batch is that of the images.
 *
 * What was tried (one thread, batch 64, shuffled, a Zen 4 core, median ms an epoch; without the loss,
 * which costs 0.5):
 *   16.6  this: each image is copied out, values as floats, and used at once, while the image 16
 *         further on is prefetched                              (the same in file order: 13.7)
 *   16.6  the copies of a whole batch in a loop of their own, prefetching the next batch
 *   16.6  a bit a pixel + a byte a value (15 MB, not 27), opened with vpcompressw
 *   17.3  rows and values of an image side by side in one stream
 *   17.5  rows read in place, only the values copied
 *   18.3  the copies of a whole batch in a loop of their own, no prefetch
 *   27.0  no prefetch and no loop of its own: every image waits for memory
 *
 * Two threads: a range of pixels each, in both passes, so that half of W stays in each first-level
 * cache and one barrier a batch is enough: 11.5. Images shared out in the forward pass and pixels in
 * the update, two barriers, W and the copies travelling between the cores: 20.
 */
#include "native.h"

enum { UNROLL = 8 };
enum { TILE = 256 };    /* a batch is worked off in tiles, so that its copies stay in the L2 cache */
enum { AHEAD = 16 };    /* images between prefetch and use: 4 to 64 measure the same */
enum { ROW = LANES * 4, PAD_ROW = INPUTS, BIAS_ROW = INPUTS + MAX_THREADS, ROWS = BIAS_ROW + 1 };

/* What the two inner loops compute with: a whole row of W, or halves where that is a register. */
#if defined(__AVX512F__)
enum { PARTS = 1, SUMS = 8 };
#else
enum { PARTS = 2, SUMS = 4 };
#endif
typedef float part __attribute__((vector_size(64 / PARTS), may_alias));

/* Thread t owns a range of pixels, in the forward pass and in the update: its rows of W and its
 * entries never leave its core. What crosses is a partial v of each image, 64 bytes. */
static struct worker {
  _Alignas(128) /* no line of the cache is shared with the neighbour */
  uint16_t *rows; /* image n's entries: start[n] to start[n + 1], filled up with zeros to UNROLL */
  uint8_t *values;
  uint32_t *start;
  uint16_t *tileRows; /* the tile's images, copied: image i's from piece[i] to piece[i + 1] */
  float *tileValues;
  uint32_t piece[TILE + 1];
  f16 partial[2][TILE]; /* two, used in turn: one barrier a tile is then enough */
  f16 delta[TILE];      /* every thread works out all of them: cheaper than a second barrier */
  int turn;
  double loss;
} workers[MAX_THREADS];

/* weights[0] is read by the forward pass; the update goes to weights[0] too if a batch is one tile,
 * else to weights[1], copied back at the batch's end. */
static char *weights[2];

static void prepare(const uint8_t *images, size_t n) {
  size_t count[INPUTS] = {0}, total = 0, owner[INPUTS];
  for (size_t i = 0; i < n; i++)
    for (int j = 0; j < INPUTS; j++) count[j] += images[i * INPUTS + j] != 0;
  for (int j = 0; j < INPUTS; j++) total += count[j];
  for (size_t j = 0, before = 0; j < INPUTS; before += count[j++])
    owner[j] = before * opt.threads / (total + 1);

  int j = 0;
  for (int t = 0; t < opt.threads; t++) {
    struct worker *a = workers + t;
    int from = j;
    size_t share = 0, k = 0;
    for (; j < INPUTS && owner[j] == (size_t)t; j++) share += count[j];
    share += n * UNROLL + 64;
    a->rows = reserve(share * 2), a->values = reserve(share), a->start = reserve((n + 1) * 4);
    for (size_t i = 0; i < n; i++) {
      a->start[i] = k;
      for (int p = from; p < j; p++) {
        a->rows[k] = p * ROW, a->values[k] = images[i * INPUTS + p];
        k += a->values[k] != 0;
      }
      for (; (k - a->start[i]) % UNROLL; k++) a->rows[k] = (PAD_ROW + t) * ROW, a->values[k] = 0;
    }
    a->start[n] = k;
    a->tileRows = reserve(TILE * (INPUTS + UNROLL + 16) * 2);
    a->tileValues = reserve(TILE * (INPUTS + UNROLL + 16) * 4);
  }
}

#define W(k) ((part *)(w + (uint16_t)(k)))
static inline uint64_t four_rows(const uint16_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }

/* This thread's part of W u for image n, whose entries it leaves copied from piece[i] on. */
static inline f16 forward(struct worker *a, int i, size_t n, f16 bias) {
  size_t from = a->start[n], length = a->start[n + 1] - from, at = a->piece[i];
  const uint16_t *rows = a->rows + from;
  const uint8_t *values = a->values + from;
  uint16_t *r = a->tileRows + at;
  float *u = a->tileValues + at;
  for (size_t x = 0; x < length; x += 16) { /* writes up to 15 entries too many */
    memcpy(r + x, rows + x, 32);
    scale16(u + x, values + x);
  }
  a->piece[i + 1] = at + length;
  const char *w = weights[0];
  part s[SUMS][PARTS] = {}; /* several, to hide the latency of the multiply-add */
  for (size_t x = 0; x < length; x += UNROLL) {
    uint64_t o[2] = {four_rows(r + x), four_rows(r + x + 4)};
#pragma GCC unroll 8
    for (int k = 0; k < UNROLL; k++)
#pragma GCC unroll 2
      for (int p = 0; p < PARTS; p++) s[k % SUMS][p] += W(o[k / 4] >> k % 4 * 16)[p] * u[x + k];
  }
  f16 v = bias;
#pragma GCC unroll 3
  for (int half = SUMS / 2; half; half /= 2)
#pragma GCC unroll 4
    for (int k = 0; k < half; k++)
      for (int p = 0; p < PARTS; p++) s[k][p] += s[k + half][p];
  for (int p = 0; p < PARTS; p++) ((part *)&v)[p] += s[0][p];
  return v;
}

/* W += delta_i u_i for images 0..m-1, this thread's pixels. */
static void update(const struct worker *a, int m, char *w) {
  for (int i = 0; i < m; i++) {
    const part *delta = (const part *)(a->delta + i);
    part d[PARTS];
    for (int p = 0; p < PARTS; p++) d[p] = delta[p];
    size_t length = a->piece[i + 1] - a->piece[i];
    const uint16_t *r = a->tileRows + a->piece[i];
    const float *u = a->tileValues + a->piece[i];
    for (size_t x = 0; x < length; x += UNROLL) {
      uint64_t o[2] = {four_rows(r + x), four_rows(r + x + 4)};
#pragma GCC unroll 8
      for (int k = 0; k < UNROLL; k++)
#pragma GCC unroll 2
        for (int p = 0; p < PARTS; p++) W(o[k / 4] >> k % 4 * 16)[p] += d[p] * u[x + k];
    }
  }
  if (a == workers)
    for (int i = 0; i < m; i++) *(f16 *)(w + BIAS_ROW * ROW) += a->delta[i];
}

/* delta = lr / batch * (labels - y) of all images; adds up the negative log-likelihood. */
static void softmax(struct worker *a, int m, const uint32_t *images, float scale) {
  f16 real = {};
  for (int k = 0; k < CLASSES; k++) real[k] = scale;
  for (int i = 0; i < m; i++) {
    f16 v = workers[0].partial[a->turn][i];
    for (int t = 1; t < opt.threads; t++) v += workers[t].partial[a->turn][i];
    f16 shifted = v - max_all(v), y = exp16(shifted), z = sum_all(y);
    int label = labels[images[i]];
    a->delta[i] = shifted;
    if (a == workers) a->loss += logf(z[0]) - ((float *)(a->delta + i))[label];
    a->delta[i] = -y * (real / z);
    ((float *)(a->delta + i))[label] += scale;
  }
}

static void epoch(struct worker *a, int e, const uint32_t *visit) {
  a->loss = 0;
  for (size_t first = 0; first < perEpoch; first += opt.batch) {
    size_t size = perEpoch - first < (size_t)opt.batch ? perEpoch - first : (size_t)opt.batch;
    int tiles = (size + TILE - 1) / TILE;
    for (size_t at = 0; at < size; at += TILE) {
      int m = size - at < TILE ? size - at : TILE;
      const uint32_t *images = visit + first + at;
      f16 bias = {};
      if (a == workers) bias = *(f16 *)(weights[0] + BIAS_ROW * ROW);
      a->turn ^= 1;
      for (int i = 0; i < m; i++) {
        if (first + at + i + AHEAD < perEpoch) {
          size_t k = a->start[images[i + AHEAD]];
          for (int b = 0; b < 384; b += 64) __builtin_prefetch((char *)(a->rows + k) + b);
          for (int b = 0; b < 192; b += 64) __builtin_prefetch((char *)(a->values + k) + b);
        }
        a->partial[a->turn][i] = forward(a, i, images[i], bias);
      }
      barrier();
      softmax(a, m, images, learning_rate(e, first) / size);
      update(a, m, weights[tiles > 1]);
    }
    if (tiles > 1) { /* each thread's own rows would do; a batch of many tiles does not notice */
      barrier();
      if (a == workers) memcpy(weights[0], weights[1], ROWS * ROW);
      barrier();
    }
  }
}

static double *epochsMs;
static void *work(void *arg) {
  struct worker *a = arg;
  for (int e = 0; e < opt.epochs; e++) {
    barrier();
    double begin = now();
    if (a == workers) memcpy(weights[1], weights[0], ROWS * ROW);
    barrier();
    epoch(a, e, order + e * perEpoch);
    barrier();
    if (a == workers) epochsMs[e] = now() - begin;
  }
  return NULL;
}

int main(int argc, char **argv) {
  read_work(argc, argv);
  double begin = now();
  prepare(images, count);
  double prepareMs = now() - begin;

  for (int k = 0; k < 2; k++) memset(weights[k] = reserve(ROWS * ROW), 0, ROWS * ROW);
  for (int k = CLASSES; k < LANES; k++) /* the padding's exp is 0 */
    ((float *)(weights[0] + BIAS_ROW * ROW))[k] = -1e30f;
  epochsMs = calloc(opt.epochs, sizeof *epochsMs);
  run_threads(work, workers, sizeof *workers);

  double testLoss = 0;
  int right = 0;
  for (size_t i = 0; i < testCount; i++) {
    float *w = (float *)weights[0], *b = w + BIAS_ROW * LANES;
    double v[CLASSES], z = 0;
    int best = 0;
    for (int k = 0; k < CLASSES; k++) {
      v[k] = b[k];
      for (int j = 0; j < INPUTS; j++) v[k] += w[j * LANES + k] * (test[i * INPUTS + j] / 255.0);
      if (v[k] > v[best]) best = k;
    }
    for (int k = 0; k < CLASSES; k++) z += exp(v[k] - v[best]);
    testLoss += log(z) + v[best] - v[testLabels[i]];
    right += best == testLabels[i];
  }

  printf("{\"peer\":\"native\",\"version\":\"cc %s, %s\",\"threads\":%d,\"batchSize\":%d,\"epochsMs\":[",
         __VERSION__, SIMD, opt.threads, opt.batch);
  for (int e = 0; e < opt.epochs; e++) printf("%s%.4f", e ? "," : "", epochsMs[e]);
  printf("],\"prepareMs\":%.3f,\"trainLossLastEpoch\":%.9f,\"testLoss\":%.9f,\"testAccuracy\":%.6f}\n",
         prepareMs, workers[0].loss / perEpoch, testLoss / testCount, (double)right / testCount);
  return 0;
}
