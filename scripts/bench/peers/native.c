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
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

enum { INPUTS = 784, CLASSES = 10, LANES = 16, UNROLL = 8, MAX_THREADS = 8 };
enum { TILE = 256 };    /* a batch is worked off in tiles, so that its copies stay in the L2 cache */
enum { AHEAD = 16 };    /* images between prefetch and use: 4 to 64 measure the same */
enum { ROW = LANES * 4, PAD_ROW = INPUTS, BIAS_ROW = INPUTS + MAX_THREADS, ROWS = BIAS_ROW + 1 };

typedef float f16 __attribute__((vector_size(64), may_alias));
typedef int32_t i16 __attribute__((vector_size(64), may_alias));
/* What the two inner loops compute with: a whole row of W, or halves where that is a register. */
#if defined(__AVX512F__)
enum { PARTS = 1, SUMS = 8 };
#else
enum { PARTS = 2, SUMS = 4 };
#endif
typedef float part __attribute__((vector_size(64 / PARTS), may_alias));

static struct {
  const char *data, *order;
  int batch, epochs, threads;
  float lr;
} opt = {"", "", 64, 5, 1, 0.1f};

static uint8_t *labels;
static uint32_t *order;
static size_t perEpoch;

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

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void *reserve(size_t bytes) {
  size_t page = 2 << 20;
  bytes = (bytes + page) & ~(page - 1);
  void *p = aligned_alloc(page, bytes);
  if (!p) { fprintf(stderr, "out of memory\n"); exit(1); }
#ifdef MADV_HUGEPAGE
  madvise(p, bytes, MADV_HUGEPAGE); /* an epoch's order is random: fewer TLB misses */
#endif
  return p;
}

/* A whole file from `skip` on. */
static void *read_file(const char *folder, const char *name, size_t skip, size_t *size) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", name);
  FILE *f = fopen(path, "rb");
  if (!f) { fprintf(stderr, "cannot read %s\n", path); exit(3); }
  fseek(f, 0, SEEK_END);
  *size = ftell(f) - skip;
  fseek(f, skip, SEEK_SET);
  void *bytes = malloc(*size);
  if (fread(bytes, 1, *size, f) != *size) { fprintf(stderr, "short read: %s\n", path); exit(3); }
  fclose(f);
  return bytes;
}

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

static inline f16 max16(f16 a, f16 b) {
  i16 greater = a > b;
  return (f16)((greater & (i16)a) | (~greater & (i16)b));
}
#define SWAP8(a) __builtin_shuffle(a, (i16){8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7})
#define SWAP4(a) __builtin_shuffle(a, (i16){4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11})
#define SWAP2(a) __builtin_shuffle(a, (i16){2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13})
#define SWAP1(a) __builtin_shuffle(a, (i16){1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14})
static inline f16 max_all(f16 a) {
  a = max16(a, SWAP8(a)), a = max16(a, SWAP4(a)), a = max16(a, SWAP2(a));
  return max16(a, SWAP1(a));
}
static inline f16 sum_all(f16 a) {
  a += SWAP8(a), a += SWAP4(a), a += SWAP2(a);
  return a + SWAP1(a);
}

/* exp(x), x <= 0, to about 1 ulp: x = n ln 2 + r, polynomial in r (Cephes), n into the exponent. */
static inline f16 exp16(f16 x) {
  x = max16(x, (f16){} - 87.0f);
  f16 shifted = x * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f; /* 1.5 * 2^23 rounds */
  f16 r = x - n * 0.693359375f;
  r += n * 2.12194440e-4f;
  f16 p = (f16){} + 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return (f16)(((i16)shifted << 23) + (i16)p);
}

#define W(k) ((part *)(w + (uint16_t)(k)))
static inline uint64_t four_rows(const uint16_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }

/* 16 bytes to floats. Written out: from __builtin_convertvector or a loop gcc 12 makes scalar code
 * or detours, 3 to 4 ms an epoch. */
static inline void scale16(float *to, const uint8_t *from) {
#if defined(__AVX512F__)
  __m512 v = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from)));
  _mm512_storeu_ps(to, _mm512_mul_ps(v, _mm512_set1_ps(1 / 255.0f)));
#elif defined(__AVX2__)
  for (int k = 0; k < 16; k += 8) {
    __m256 v = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(from + k))));
    _mm256_storeu_ps(to + k, _mm256_mul_ps(v, _mm256_set1_ps(1 / 255.0f)));
  }
#else
  for (int k = 0; k < 16; k++) to[k] = from[k] * (1 / 255.0f);
#endif
}

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

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() ((void)0)
#endif
static _Alignas(64) atomic_int arrived;
static _Alignas(64) atomic_int generation;
static void barrier(void) {
  if (opt.threads == 1) return;
  int g = atomic_load_explicit(&generation, memory_order_acquire);
  if (atomic_fetch_add(&arrived, 1) == opt.threads - 1) {
    atomic_store(&arrived, 0);
    atomic_store_explicit(&generation, g + 1, memory_order_release);
    return;
  }
  for (int spins = 0; atomic_load_explicit(&generation, memory_order_acquire) == g; spins++) {
    PAUSE();
    if (spins > 5000) sched_yield(); /* somebody else has the other core */
  }
}

static void epoch(struct worker *a, const uint32_t *visit) {
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
      softmax(a, m, images, opt.lr / size);
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
    epoch(a, order + e * perEpoch);
    barrier();
    if (a == workers) epochsMs[e] = now() - begin;
  }
  return NULL;
}

int main(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *v = argv[i + 1];
    if (!strcmp(argv[i], "--data-dir")) opt.data = v;
    else if (!strcmp(argv[i], "--order")) opt.order = v;
    else if (!strcmp(argv[i], "--batch-size")) opt.batch = atoi(v);
    else if (!strcmp(argv[i], "--epochs")) opt.epochs = atoi(v);
    else if (!strcmp(argv[i], "--threads")) opt.threads = atoi(v);
    else if (!strcmp(argv[i], "--lr")) opt.lr = atof(v);
    else { fprintf(stderr, "unknown option %s\n", argv[i]); return 2; }
  }
  if (opt.batch < 1 || opt.epochs < 1 || opt.threads < 1 || opt.threads > MAX_THREADS) return 2;
  size_t pixels, n, testPixels, testCount, bytes;
  uint8_t *images = read_file(opt.data, "train-images-idx3-ubyte", 16, &pixels);
  labels = read_file(opt.data, "train-labels-idx1-ubyte", 8, &n);
  uint8_t *test = read_file(opt.data, "t10k-images-idx3-ubyte", 16, &testPixels);
  uint8_t *testLabels = read_file(opt.data, "t10k-labels-idx1-ubyte", 8, &testCount);
  if (*opt.order) {
    order = read_file("", opt.order, 0, &bytes);
    perEpoch = bytes / 4 / opt.epochs;
  } else {
    perEpoch = n;
    order = malloc(n * opt.epochs * 4);
    for (size_t i = 0; i < n * opt.epochs; i++) order[i] = i % n;
  }

  double begin = now();
  prepare(images, n);
  double prepareMs = now() - begin;

  for (int k = 0; k < 2; k++) memset(weights[k] = reserve(ROWS * ROW), 0, ROWS * ROW);
  for (int k = CLASSES; k < LANES; k++) /* the padding's exp is 0 */
    ((float *)(weights[0] + BIAS_ROW * ROW))[k] = -1e30f;
  epochsMs = calloc(opt.epochs, sizeof *epochsMs);
  pthread_t other[MAX_THREADS];
  for (int t = 1; t < opt.threads; t++) pthread_create(other + t, NULL, work, workers + t);
#ifdef __linux__
  for (int t = 0; t < opt.threads && opt.threads > 1; t++) { /* else both may share a core for a while */
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(t, &one);
    pthread_setaffinity_np(t ? other[t] : pthread_self(), sizeof one, &one);
  }
#endif
  work(workers);
  for (int t = 1; t < opt.threads; t++) pthread_join(other[t], NULL);

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

#if defined(__AVX512F__)
  const char *simd = "AVX-512";
#elif defined(__AVX2__)
  const char *simd = "AVX2";
#else
  const char *simd = "other";
#endif
  printf("{\"peer\":\"native\",\"version\":\"cc %s, %s\",\"threads\":%d,\"batchSize\":%d,\"epochsMs\":[",
         __VERSION__, simd, opt.threads, opt.batch);
  for (int e = 0; e < opt.epochs; e++) printf("%s%.4f", e ? "," : "", epochsMs[e]);
  printf("],\"prepareMs\":%.3f,\"trainLossLastEpoch\":%.9f,\"testLoss\":%.9f,\"testAccuracy\":%.6f}\n",
         prepareMs, workers[0].loss / perEpoch, testLoss / testCount, (double)right / testCount);
  return 0;
}
