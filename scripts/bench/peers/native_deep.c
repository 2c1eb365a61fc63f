/* The native limit with a hidden layer: 784-hidden-10 with ReLU, plain SGD, over the non-zero pixels.
 *
 *   cc -O3 -march=native -pthread native_deep.c -o native_deep -lm
 *   ./native_deep --data-dir DIR --hidden 128 --init FILE [options as in native.c]
 *
 * Units go in blocks of 16, a vector each: W1 is [block][pixel], 50 KB a block, of which a batch's images
 * use the same half, so that it stays in the first-level cache while they pass. W2 is [block][class]. A thread
 * owns blocks, in both passes: their weights never leave its core. What crosses is a partial v of each
 * image, so one barrier a batch is enough.
 */
#include "native.h"

enum { UNROLL = 8, MAX_BATCH = 256, MAX_BLOCKS = 64, PAD_ROW = INPUTS };

static struct block {
  f16 w1[INPUTS + 1]; /* the last row is what images are filled up with */
  f16 b1;
  f16 w2[CLASSES];
} *blocks;
static int blockCount;
static f16 b2[MAX_THREADS][2]; /* a copy for each thread, a line apart */

/* Image n's entries, start[n] to start[n + 1], filled up with zeros to UNROLL: byte offsets into w1, bytes. */
static uint16_t *rows;
static uint8_t *values;
static uint32_t *start;

static struct worker {
  _Alignas(128) int id, from, to; /* its blocks */
  uint16_t *batchRows;            /* the batch's images, copied: image i's from piece[i] to piece[i + 1] */
  float *batchValues;
  uint32_t piece[MAX_BATCH + 1];
  f16 (*h)[MAX_BATCH]; /* [block][image] */
  f16 partial[2][MAX_BATCH]; /* two, used in turn: one barrier a batch is then enough */
  f16 delta[MAX_BATCH];      /* every thread works out all of them */
  int turn;
} workers[MAX_THREADS];

static void prepare(void) {
  size_t total = 64;
  for (size_t i = 0; i < count * INPUTS; i++) total += images[i] != 0;
  total += count * UNROLL;
  rows = reserve(total * 2), values = reserve(total), start = reserve((count + 1) * 4);
  size_t k = 0;
  for (size_t i = 0; i < count; i++) {
    start[i] = k;
    for (int p = 0; p < INPUTS; p++) {
      rows[k] = p * sizeof(f16), values[k] = images[i * INPUTS + p];
      k += values[k] != 0;
    }
    for (; (k - start[i]) % UNROLL; k++) rows[k] = PAD_ROW * sizeof(f16), values[k] = 0;
  }
  start[count] = k;
  blockCount = opt.hidden / LANES;
  for (int t = 0; t < opt.threads; t++) {
    struct worker *a = workers + t;
    a->id = t, a->from = blockCount * t / opt.threads, a->to = blockCount * (t + 1) / opt.threads;
    a->batchRows = reserve(MAX_BATCH * (INPUTS + 32) * 2);
    a->batchValues = reserve(MAX_BATCH * (INPUTS + 32) * 4);
    a->h = reserve(sizeof(f16) * MAX_BATCH * blockCount);
  }
}

/* The initial weights, from the file: W1 hidden x 784, b1, W2 10 x hidden, b2. */
static void initialise(void) {
  size_t bytes;
  float *w = read_file("", opt.init, 0, &bytes);
  const int hidden = opt.hidden;
  blocks = reserve(sizeof(struct block) * blockCount);
  memset(blocks, 0, sizeof(struct block) * blockCount);
  for (int u = 0; u < hidden; u++) {
    struct block *block = blocks + u / LANES;
    const int lane = u % LANES;
    for (int p = 0; p < INPUTS; p++) block->w1[p][lane] = w[u * INPUTS + p];
    block->b1[lane] = w[hidden * INPUTS + u];
    for (int k = 0; k < CLASSES; k++)
      block->w2[k][lane] = w[hidden * (INPUTS + 1) + k * hidden + u];
  }
  for (int t = 0; t < opt.threads; t++)
    for (int k = 0; k < LANES; k++) /* the padding's exp is 0 */
      b2[t][0][k] = k < CLASSES ? w[hidden * (INPUTS + 1 + CLASSES) + k] : -1e30f;
  free(w);
}

#define ROW(w, offset) ((f16 *)((char *)(w) + (offset)))

/* Copies the entries of m images, values as floats, and asks for those of the next batch. */
static void gather(struct worker *a, const uint32_t *visit, int m, size_t left) {
  for (int i = 0; i < m; i++) {
    size_t from = start[visit[i]], length = start[visit[i] + 1] - from, at = a->piece[i];
    for (size_t x = 0; x < length; x += 16) { /* writes up to 15 entries too many */
      memcpy(a->batchRows + at + x, rows + from + x, 32);
      scale16(a->batchValues + at + x, values + from + x);
    }
    a->piece[i + 1] = at + length;
    if ((size_t)(m + i) >= left) continue;
    size_t next = start[visit[m + i]];
    for (int b = 0; b < 384; b += 64) __builtin_prefetch((char *)(rows + next) + b);
    for (int b = 0; b < 192; b += 64) __builtin_prefetch((char *)(values + next) + b);
  }
}

/* h of one block of units, for all images of the batch. */
static void forward(const struct worker *a, const struct block *block, f16 *h, int m) {
  for (int i = 0; i < m; i++) {
    const uint16_t *r = a->batchRows + a->piece[i];
    const float *u = a->batchValues + a->piece[i];
    size_t length = a->piece[i + 1] - a->piece[i];
    f16 s[UNROLL] = {};
    for (size_t x = 0; x < length; x += UNROLL)
#pragma GCC unroll 8
      for (int k = 0; k < UNROLL; k++) s[k] += *ROW(block->w1, r[x + k]) * u[x + k];
#pragma GCC unroll 3
    for (int half = UNROLL / 2; half; half /= 2)
#pragma GCC unroll 4
      for (int k = 0; k < half; k++) s[k] += s[k + half];
    h[i] = max16(s[0] + block->b1, (f16){});
  }
}

/* This thread's part of v, for all images of the batch. */
static void scores(struct worker *a, int m) {
  for (int i = 0; i < m; i++) {
    f16 s[CLASSES] = {}, v = a == workers ? b2[0][0] : (f16){};
    for (int b = a->from; b < a->to; b++)
      for (int k = 0; k < CLASSES; k++) s[k] += a->h[b][i] * blocks[b].w2[k];
    for (int k = 0; k < CLASSES; k++) v[k] += sum_all(s[k])[0];
    a->partial[a->turn][i] = v;
  }
}

/* delta = lr / batch * (labels - y) of all images. */
static void softmax(struct worker *a, int m, const uint32_t *visit, float scale) {
  f16 real = {};
  for (int k = 0; k < CLASSES; k++) real[k] = scale;
  for (int i = 0; i < m; i++) {
    f16 v = workers[0].partial[a->turn][i];
    for (int t = 1; t < opt.threads; t++) v += workers[t].partial[a->turn][i];
    f16 y = exp16(v - max_all(v));
    a->delta[i] = -y * (real / sum_all(y));
    ((float *)(a->delta + i))[labels[visit[i]]] += scale;
  }
}

/* The backward pass and the step, for one block of units. */
static void update(const struct worker *a, struct block *block, const f16 *h, int m) {
  f16 dh[MAX_BATCH];
  for (int i = 0; i < m; i++) {
    f16 sum = {};
    for (int k = 0; k < CLASSES; k++) sum += block->w2[k] * a->delta[i][k];
    dh[i] = (f16)((i16)sum & (h[i] > 0));
  }
  for (int i = 0; i < m; i++) {
    for (int k = 0; k < CLASSES; k++) block->w2[k] += h[i] * a->delta[i][k];
    block->b1 += dh[i];
    const uint16_t *r = a->batchRows + a->piece[i];
    const float *u = a->batchValues + a->piece[i];
    size_t length = a->piece[i + 1] - a->piece[i];
    const f16 d = dh[i];
    for (size_t x = 0; x < length; x += UNROLL)
#pragma GCC unroll 8
      for (int k = 0; k < UNROLL; k++) *ROW(block->w1, r[x + k]) += d * u[x + k];
  }
}

static void epoch(struct worker *a, int e, const uint32_t *visit) {
  for (size_t first = 0; first < perEpoch; first += opt.batch) {
    size_t left = perEpoch - first;
    int m = left < (size_t)opt.batch ? left : (size_t)opt.batch;
    a->turn ^= 1;
    gather(a, visit + first, m, left);
    for (int b = a->from; b < a->to; b++) forward(a, blocks + b, a->h[b], m);
    scores(a, m);
    barrier();
    softmax(a, m, visit + first, learning_rate(e, first) / m);
    for (int b = a->from; b < a->to; b++) update(a, blocks + b, a->h[b], m);
    for (int i = 0; i < m; i++) b2[a->id][0] += a->delta[i];
  }
}

static double *epochsMs;
static void *work(void *arg) {
  struct worker *a = arg;
  for (int e = 0; e < opt.epochs; e++) {
    barrier();
    double begin = now();
    epoch(a, e, order + e * perEpoch);
    barrier();
    if (a == workers) epochsMs[e] = now() - begin;
  }
  return NULL;
}

static void evaluate(double *loss, double *accuracy) {
  *loss = *accuracy = 0;
  for (size_t i = 0; i < testCount; i++) {
    double v[CLASSES], z = 0;
    for (int k = 0; k < CLASSES; k++) v[k] = b2[0][0][k];
    for (int b = 0; b < blockCount; b++) {
      double h[LANES];
      for (int lane = 0; lane < LANES; lane++) h[lane] = blocks[b].b1[lane];
      for (int p = 0; p < INPUTS; p++) {
        const double u = test[i * INPUTS + p] / 255.0;
        if (u != 0)
          for (int lane = 0; lane < LANES; lane++) h[lane] += blocks[b].w1[p][lane] * u;
      }
      for (int k = 0; k < CLASSES; k++)
        for (int lane = 0; lane < LANES; lane++)
          v[k] += (h[lane] > 0 ? h[lane] : 0) * blocks[b].w2[k][lane];
    }
    int best = 0;
    for (int k = 0; k < CLASSES; k++)
      if (v[k] > v[best]) best = k;
    for (int k = 0; k < CLASSES; k++) z += exp(v[k] - v[best]);
    *loss += (log(z) + v[best] - v[testLabels[i]]) / testCount;
    *accuracy += (double)(best == testLabels[i]) / testCount;
  }
}

int main(int argc, char **argv) {
  read_work(argc, argv);
  if (opt.batch > MAX_BATCH || opt.hidden < LANES || opt.hidden % LANES ||
      opt.hidden > LANES * MAX_BLOCKS || opt.threads > opt.hidden / LANES)
    return 2;
  double begin = now();
  prepare();
  double prepareMs = now() - begin;
  initialise();
  epochsMs = calloc(opt.epochs, sizeof *epochsMs);
  run_threads(work, workers, sizeof *workers);
  double testLoss, testAccuracy;
  evaluate(&testLoss, &testAccuracy);
  printf("{\"peer\":\"native\",\"version\":\"cc %s, %s\",\"threads\":%d,\"batchSize\":%d,\"epochsMs\":[",
         __VERSION__, SIMD, opt.threads, opt.batch);
  for (int e = 0; e < opt.epochs; e++) printf("%s%.4f", e ? "," : "", epochsMs[e]);
  printf("],\"prepareMs\":%.3f,\"testLoss\":%.9f,\"testAccuracy\":%.6f}\n", prepareMs, testLoss, testAccuracy);
  return 0;
}
