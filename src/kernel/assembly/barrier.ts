import { BANDS } from './encode';
import { Job, job } from './job';
import { BARRIER, JOB } from './memory';

/**
 * The host's Atomics.wait and Atomics.notify on the word at `address`. WebAssembly has both itself, but
 * behind memory.atomic.wait32 the baseline compiler of V8 11.3 (Node 20) goes on with wrong values.
 */
declare function sleep(address: usize, seen: i32): void;
declare function wake(address: usize): void;

/**
 * Each thread counts its own barriers in a word of its own, on a cache line of its own, and waits until the
 * others have counted as far.
 */
const COUNTERS: usize = BARRIER;
const LINE: usize = 64;
/** Threads asleep, on a line of its own. */
const SLEEPERS: usize = COUNTERS + BANDS * LINE;
/** Counts the jobs given by the host. */
const JOBS: usize = SLEEPERS + LINE;
/** Threads ready to serve, besides the host. */
const READY: usize = JOBS + LINE;

/**
 * How often a waiting thread looks before it sleeps: some 200 µs. Waking takes 20 µs and more, in which the
 * other thread would fall asleep too if it looked no longer than that: with looks for 20 µs an epoch took
 * twice to six times as long.
 */
const LOOKS: i32 = 16_000;

// The build for pages (asconfig.json) has one thread, no shared memory and no atomics: there the functions
// below end at once.

/** Waits until the word at `address` has reached `goal`, counted modulo 2³². Returns whether it slept. */
function waitFor(address: usize, goal: i32, looks: i32): bool {
  if (!ASC_FEATURE_THREADS) return false;
  let root: f64 = 2;
  for (let look = 0; look < looks; look++) {
    if (atomic.load<i32>(address) - goal >= 0) return false;
    // A rest between two looks, for WebAssembly has no pause instruction: looks without one take from
    // the other thread what two processors share (a deep epoch took a seventh longer where they do).
    root = sqrt<f64>(sqrt<f64>(root) + 1.5);
    if (root < 0) return false;
  }
  atomic.add<i32>(SLEEPERS, 1);
  for (;;) {
    const seen = atomic.load<i32>(address);
    if (seen - goal >= 0) break;
    sleep(address, seen);
  }
  atomic.add<i32>(SLEEPERS, -1);
  return true;
}

/** One more at `address`, which no other thread writes. */
function count(address: usize): i32 {
  if (!ASC_FEATURE_THREADS) return 0;
  const now = atomic.load<i32>(address) + 1;
  atomic.store<i32>(address, now);
  if (atomic.load<i32>(SLEEPERS) != 0) wake(address);
  return now;
}

/** Whether this thread has slept at a barrier of the job: the other's processor is not there. */
let late: bool = false;

/** Waits for the others. What they wrote before is then seen here. */
export function barrier(thread: usize, threads: usize): void {
  if (threads == 1) return;
  const mine = count(COUNTERS + thread * LINE);
  for (let other: usize = 0; other < threads; other++) {
    if (other != thread && waitFor(COUNTERS + other * LINE, mine, job.patience)) late = true;
  }
}

/**
 * The first meeting of a job. A thread that has slept between two jobs is woken for this one, which takes an
 * idle processor up to a millisecond: no sign that it is not there, so nobody is late here. Without it two
 * threads on an idle machine were told apart as on a busy one, and shared hardly any job.
 */
export function gather(thread: usize, threads: usize): void {
  if (threads == 1) return;
  const mine = count(COUNTERS + thread * LINE);
  for (let other: usize = 0; other < threads; other++) {
    if (other != thread) waitFor(COUNTERS + other * LINE, mine, 16 * LOOKS);
  }
}

/** Where the job has the step from which on thread 0 works alone; NEVER until a thread asks for it. */
const ALONE_FROM: usize = JOB + offsetof<Job>('aloneFrom');
const NEVER: i32 = i32.MAX_VALUE;

/** Host: before a job. A large network's parts may differ by more than the looks of a small one. */
export function resetPatience(): void {
  job.aloneFrom = NEVER;
  job.patience = <i32>min(<usize>LOOKS + job.parameterCount / 8, 1 << 30);
}

/**
 * A thread that has slept at a barrier asks that thread 0 be left alone: whoever waits for a processor that
 * another program has, waits milliseconds, and would again and again. Asked before a step's first barrier,
 * `isLeftAlone` hears it behind its last; in between all threads have met, so all hear the same.
 */
export function askToBeAlone(threads: usize, step: i32): void {
  if (!ASC_FEATURE_THREADS) return;
  if (threads > 1 && late && atomic.load<i32>(ALONE_FROM) == NEVER) {
    atomic.store<i32>(ALONE_FROM, step + 1);
  }
  late = false;
}

/** Whether thread 0 does the steps behind `step` alone. Then this thread has met the others once more. */
export function isLeftAlone(thread: usize, threads: usize, step: i32): bool {
  if (!ASC_FEATURE_THREADS || threads == 1) return false;
  if (atomic.load<i32>(ALONE_FROM) > step + 1) return false;
  barrier(thread, threads);
  return true;
}

/** Host: whether the last job ended with thread 0 alone. */
export function wasLeftAlone(): bool {
  return job.aloneFrom != NEVER;
}

/** Host: lets the other threads take up the job. */
export function announceJob(): void {
  count(JOBS);
}

/** Other threads: waits for job number `goal`. */
export function waitForJob(goal: i32): void {
  waitFor(JOBS, goal, LOOKS);
}

/** Other threads: from here on the host may count on this one. */
export function beReady(): void {
  if (!ASC_FEATURE_THREADS) return;
  atomic.add<i32>(READY, 1);
}

/** Host: how many other threads are ready. */
export function readyThreads(): i32 {
  return ASC_FEATURE_THREADS ? atomic.load<i32>(READY) : 0;
}
