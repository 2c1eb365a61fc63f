import { constants, write as writeWithCallback } from 'node:fs';
import { access, type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Destination } from './destination.js';
import { systemCode } from './system-error.js';

/** Between two tries to open a pipe that nobody reads, or to write to one that is full. */
const RETRY_MS = 20;

const write = promisify(writeWithCallback);

/**
 * Writes to a device, a pipe, or an open file such as standard output, where that stands now.
 * @param signal ends the wait for a reader
 * @throws the system's error, or the signal's reason
 */
export async function writeThrough(
  destination: Destination,
  data: string | Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(data);
  const { descriptor } = destination;
  if (isStandard(descriptor)) return await writeAll(descriptor, bytes, signal);
  const handle = await openForReader(destination, signal);
  try {
    await writeAll(handle.fd, bytes, signal);
  } finally {
    await handle.close();
  }
}

/**
 * Standard output and error are written where they stand. Of the other numbers some are the engine's
 * own: such a file is opened anew, if it can be.
 */
function isStandard(descriptor: number | undefined): descriptor is 1 | 2 {
  return descriptor === 1 || descriptor === 2;
}

/**
 * Opens a device, or a pipe once somebody reads it. A plain open would wait for the reader in a thread
 * that no signal reaches, and without which the process cannot end.
 */
async function openForReader({ path, old }: Destination, signal?: AbortSignal) {
  // Windows has neither O_NONBLOCK nor pipes among files.
  const flags = constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0);
  for (;;) {
    const nobodyReads = (error: unknown): undefined => {
      if (!old?.isFIFO() || systemCode(error) !== 'ENXIO') throw error;
    };
    const handle: FileHandle | undefined = await open(path, flags).catch(nobodyReads);
    if (handle) return handle;
    await pause(signal);
  }
}

async function writeAll(descriptor: number, bytes: Uint8Array, signal?: AbortSignal) {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += (await write(descriptor, bytes, written)).bytesWritten;
    } catch (error) {
      // A pipe that is full: its reader is slow.
      if (systemCode(error) !== 'EAGAIN') throw error;
      await pause(signal);
    }
  }
}

/** @throws the signal's reason if it is aborted, before or meanwhile */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  signal?.throwIfAborted();
}

/** @throws the system's error if it is known before anything is written */
export async function assertTakesBytes({ path, descriptor }: Destination): Promise<void> {
  // Nothing is written, but only a file that is open for writing takes it.
  if (isStandard(descriptor)) await write(descriptor, new Uint8Array());
  else await access(path, constants.W_OK);
}
