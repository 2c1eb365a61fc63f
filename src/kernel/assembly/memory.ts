/**
 * The one map of the memory, which all threads share. From 256 on (`--memoryBase`) lie constants, which
 * every thread's instance writes anew; so nothing that changes may be a global or a `memory.data`. Then:
 */
export const JOB: usize = 1024;
export const BARRIER: usize = 2048;
export const POSITIONS: usize = 4096;
/** Of 2 kB: see encode.ts. */
const HEAP: usize = POSITIONS + 2048;

const PAGE: usize = 65_536;

/** Whole cache lines for `size` bytes: a line that two threads write to would travel between them. */
export function lines(size: usize): usize {
  return (size + 63) & ~63;
}

/**
 * The heap: blocks, one behind the other, each a line that says what it is and then its bytes, from a
 * line's begin on. Only the host's thread allocates, between jobs, so its globals suffice.
 */
@unmanaged
class Block {
  /** Bytes behind this line, whole lines. */
  size: usize;
  /** Bytes asked for; 0: a hole. */
  used: usize;
}
const HEADER: usize = 64;
/** First byte behind all blocks. */
let top: usize = HEAP;

/** In a build with assertions, bytes that nobody may change lie behind every block. */
const GUARD: usize = ASC_NO_ASSERT ? 0 : 64;
const CANARY: u8 = 0xa5;
/** What is in such a build's new blocks: as floats, NaN. */
const GARBAGE: u8 = 0xff;

function blockOf(address: usize): Block {
  return changetype<Block>(address - HEADER);
}

/** Room for `bytes`, with anything in it: the first hole that is large enough, or behind all blocks. */
export function allocate(bytes: usize): usize {
  const size = lines(bytes + GUARD);
  for (let at = HEAP; at < top; ) {
    const block = changetype<Block>(at);
    if (block.used == 0 && block.size >= size) {
      if (block.size > size + HEADER) {
        const rest = changetype<Block>(at + HEADER + size);
        rest.size = block.size - size - HEADER;
        rest.used = 0;
        block.size = size;
      }
      return take(at + HEADER, bytes);
    }
    at += HEADER + block.size;
  }
  const address = allocateLast();
  closeLast(address, bytes);
  return take(address, bytes);
}

/** A block behind all others, as long as may be: `reserve` memory for it, and `closeLast` it. */
export function allocateLast(): usize {
  reserve(top, HEADER);
  return top + HEADER;
}

export function closeLast(address: usize, bytes: usize): void {
  const size = lines(bytes + GUARD);
  reserve(address, size);
  blockOf(address).size = size;
  blockOf(address).used = bytes;
  if (GUARD > 0) memory.fill(address + bytes, CANARY, size - bytes);
  top = address + size;
}

function take(address: usize, bytes: usize): usize {
  const block = blockOf(address);
  block.used = max(1, bytes);
  if (GUARD > 0) {
    memory.fill(address, GARBAGE, bytes);
    memory.fill(address + bytes, CANARY, block.size - bytes);
  }
  return address;
}

/** Gives a block back, if it is one. Holes side by side become one; one behind all blocks is no more. */
export function free(address: usize): void {
  if (address == 0) return;
  assert(isWhole(address));
  blockOf(address).used = 0;
  let at = HEAP;
  while (at < top) {
    const block = changetype<Block>(at);
    let next = at + HEADER + block.size;
    if (block.used == 0) {
      while (next < top && changetype<Block>(next).used == 0) {
        next += HEADER + changetype<Block>(next).size;
      }
      block.size = next - at - HEADER;
      if (next == top) {
        top = at;
        return;
      }
    }
    at = next;
  }
}

/** `address` if its block has room for `bytes`, else a new one in its place, with anything in it. */
export function fit(address: usize, bytes: usize): usize {
  if (address != 0 && blockOf(address).size >= bytes + GUARD) {
    assert(isWhole(address));
    return take(address, bytes);
  }
  free(address);
  return allocate(bytes);
}

/** As many bytes of 0. */
export function allocateZeros(bytes: usize): usize {
  const address = allocate(bytes);
  memory.fill(address, 0, bytes);
  return address;
}

/** The host's complaint that the memory cannot have so many pages. Does not return. */
declare function outOfMemory(pages: i32): void;

/** Grows the memory, if need be, until there are `bytes` from `address` on. */
export function reserve(address: usize, bytes: usize): void {
  const pages = <i32>((<u64>address + bytes + (PAGE - 1)) / PAGE);
  const missing = pages - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) outOfMemory(pages);
}

/** The first block behind which somebody wrote, or 0. Always 0 in a build without assertions. */
export function damagedBlock(): usize {
  if (GUARD == 0) return 0;
  for (let at = HEAP; at < top; at += HEADER + changetype<Block>(at).size) {
    if (changetype<Block>(at).used > 0 && !isWhole(at + HEADER)) return at + HEADER;
  }
  return 0;
}

function isWhole(address: usize): bool {
  const block = blockOf(address);
  for (let i = block.used; i < block.size; i++) {
    if (load<u8>(address + i) != CANARY) return false;
  }
  return true;
}
