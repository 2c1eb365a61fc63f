/* What the two programs in C share: options and data, 16 floats at once, threads. */
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

#if defined(__AVX512F__)
#define SIMD "AVX-512"
#elif defined(__AVX2__)
#define SIMD "AVX2"
#else
#define SIMD "other"
#endif

enum { INPUTS = 784, CLASSES = 10, LANES = 16, MAX_THREADS = 8 };

typedef float f16 __attribute__((vector_size(64), may_alias));
typedef int32_t i16 __attribute__((vector_size(64), may_alias));

static struct {
  const char *data, *order, *init; /* init: float32, every W row by row and b after it */
  int batch, epochs, threads, hidden, scheduleEpochs; /* 0 epochs: a constant learning rate */
  float lr;
} opt = {"", "", "", 64, 5, 1, 0, 0, 0.1f};

static uint8_t *images, *labels, *test, *testLabels;
static size_t count, testCount;
static uint32_t *order;
static size_t perEpoch;

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

static void read_work(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *v = argv[i + 1];
    if (!strcmp(argv[i], "--data-dir")) opt.data = v;
    else if (!strcmp(argv[i], "--order")) opt.order = v;
    else if (!strcmp(argv[i], "--batch-size")) opt.batch = atoi(v);
    else if (!strcmp(argv[i], "--epochs")) opt.epochs = atoi(v);
    else if (!strcmp(argv[i], "--init")) opt.init = v;
    else if (!strcmp(argv[i], "--hidden")) opt.hidden = atoi(v);
    else if (!strcmp(argv[i], "--schedule-epochs")) opt.scheduleEpochs = atoi(v);
    else if (!strcmp(argv[i], "--threads")) opt.threads = atoi(v);
    else if (!strcmp(argv[i], "--lr")) opt.lr = atof(v);
    else { fprintf(stderr, "unknown option %s\n", argv[i]); exit(2); }
  }
  if (opt.batch < 1 || opt.epochs < 1 || opt.threads < 1 || opt.threads > MAX_THREADS) exit(2);
  size_t pixels, testPixels, bytes;
  images = read_file(opt.data, "train-images-idx3-ubyte", 16, &pixels);
  labels = read_file(opt.data, "train-labels-idx1-ubyte", 8, &count);
  test = read_file(opt.data, "t10k-images-idx3-ubyte", 16, &testPixels);
  testLabels = read_file(opt.data, "t10k-labels-idx1-ubyte", 8, &testCount);
  if (*opt.order) {
    order = read_file("", opt.order, 0, &bytes);
    perEpoch = bytes / 4 / opt.epochs;
  } else {
    perEpoch = count;
    order = malloc(count * opt.epochs * 4);
    for (size_t i = 0; i < count * opt.epochs; i++) order[i] = i % count;
  }
}

/* The learning rate of the step at which the images from `first` of this epoch on are visited. */
static inline float learning_rate(int epoch, size_t first) {
  if (!opt.scheduleEpochs) return opt.lr;
  size_t steps = (perEpoch + opt.batch - 1) / opt.batch;
  double done = (double)(epoch * steps + first / opt.batch) / (opt.scheduleEpochs * (double)steps);
  return opt.lr * (1 - done);
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

/* Runs work(workers + t) in thread t, this one being thread 0, and waits for all. */
static void run_threads(void *(*work)(void *), void *workers, size_t size) {
  pthread_t other[MAX_THREADS];
  for (int t = 1; t < opt.threads; t++)
    pthread_create(other + t, NULL, work, (char *)workers + t * size);
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
}
