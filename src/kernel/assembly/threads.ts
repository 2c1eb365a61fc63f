import { BANDS } from './encode';

/**
 * The host's Atomics.wait and Atomics.notify on the word at `address`. WebAssembly has both itself, but
 * behind memory.atomic.wait32 the baseline compiler of V8 11.3 (Node 20) goes on with wrong values.
 */
declare function sleep(address: usize, seen: i32): void;
declare function wake(address: usize): void;

/**
 * Threads meet twice a step. Each counts its own meetings in a word of its own, on a cache line of its
 * own, and waits until the others have counted as far.
 */
const COUNTERS: usize = 1536;
const LINE: usize = 64;
/** How often a waiting thread looks before it sleeps: some 20 µs. */
const LOOKS: i32 = 20_000;
/** Threads asleep, on a line of its own. */
const SLEEPERS: usize = COUNTERS + BANDS * LINE;
/** Counts the jobs given by the host. */
const JOBS: usize = SLEEPERS + LINE;
/** Threads ready to serve, besides the host. */
const READY: usize = JOBS + LINE;

/** Waits until the word at `address` has reached `goal`, counted modulo 2³². */
function waitFor(address: usize, goal: i32): void {
  for (let look = 0; look < LOOKS; look++) {
    if (atomic.load<i32>(address) - goal >= 0) return;
  }
  atomic.add<i32>(SLEEPERS, 1);
  for (;;) {
    const seen = atomic.load<i32>(address);
    if (seen - goal >= 0) break;
    sleep(address, seen);
  }
  atomic.add<i32>(SLEEPERS, -1);
}

/** One more at `address`, which no other thread writes. */
function count(address: usize): i32 {
  const now = atomic.load<i32>(address) + 1;
  atomic.store<i32>(address, now);
  if (atomic.load<i32>(SLEEPERS) != 0) wake(address);
  return now;
}

/** Waits for the others. What they wrote before is then seen here. */
export function meet(thread: usize, threads: usize): void {
  if (threads == 1) return;
  const mine = count(COUNTERS + thread * LINE);
  for (let other: usize = 0; other < threads; other++) {
    if (other != thread) waitFor(COUNTERS + other * LINE, mine);
  }
}

/** Host: lets the other threads take up the job. */
export function announceJob(): void {
  count(JOBS);
}

/** Other threads: waits for job number `goal`. */
export function waitForJob(goal: i32): void {
  waitFor(JOBS, goal);
}

/** Other threads: from here on the host may count on this one. */
export function beReady(): void {
  atomic.add<i32>(READY, 1);
}

/** Host: how many other threads are ready. */
export function readyThreads(): i32 {
  return atomic.load<i32>(READY);
}
