import { vi } from 'vitest';

type Call = (...args: unknown[]) => Promise<unknown>;

/** Which file-system calls fail: number `failAt` below the folder `within`, and all after it. */
interface Plan {
  readonly within: string;
  /** From 1; 0: none. */
  readonly failAt: number;
  readonly forGood: boolean;
  /** Removing a file, or its end, still works, as it does on a full disk. */
  readonly canRemove: boolean;
  /** Calls that an open file does not have: Yarn's throw at once, and not the system's error. */
  readonly lacking: readonly string[];
}

const NO_FAULTS: Plan = { within: '', failAt: 0, forGood: false, canRemove: true, lacking: [] };
let plan = NO_FAULTS;
let calls: string[] = [];
let runs = 0;

/** How many times `withFaults` has made a call fail. */
export function provoked(): number {
  return runs;
}

/** Makes calls fail while `work` runs. Tells the calls it made, and how it ended. */
export async function withFaults<T>(
  faults: Partial<Plan>,
  work: () => Promise<T>,
): Promise<{ calls: readonly string[]; result?: T; error?: unknown }> {
  plan = { ...NO_FAULTS, ...faults };
  calls = [];
  try {
    return { calls, result: await work() };
  } catch (error) {
    return { calls, error };
  } finally {
    if (calls.length >= plan.failAt) runs++;
    plan = NO_FAULTS;
  }
}

/** Whether the call now made is one of those that fail. */
function fails(name: string): boolean {
  calls.push(name);
  const removes = ['unlink', 'rm', 'truncate'].includes(name);
  if (plan.forGood && plan.canRemove && removes) return false;
  return plan.forGood
    ? plan.failAt > 0 && calls.length >= plan.failAt
    : calls.length === plan.failAt;
}

function failure(name: string): Error {
  const code = ['write', 'writeFile', 'open'].includes(name) ? 'ENOSPC' : 'EIO';
  const reason = code === 'EIO' ? 'i/o error' : 'no space left on device';
  return Object.assign(new Error(`${code}: ${reason}, ${name}`), { code, syscall: name });
}

function half(data: unknown): string | Uint8Array {
  const { length } = data as string | Uint8Array;
  return (data as string | Uint8Array).slice(0, Math.floor(length / 2));
}

/** A handle whose calls may fail; a write that fails has written half, a close has closed. */
function failingHandle<T extends object>(handle: T): T {
  return new Proxy(handle, {
    get(target, name: string) {
      const real = Reflect.get(target, name) as unknown;
      if (typeof real !== 'function') return real;
      const call = async (...args: unknown[]) => {
        if (plan.within === '' || !fails(name)) return real.apply(target, args);
        if (name === 'close') await real.apply(target, args);
        if (name === 'writeFile') await real.apply(target, [half(args[0])]);
        throw failure(name);
      };
      return (...args: unknown[]) => {
        if (plan.lacking.includes(name)) throw new Error('Method not implemented.');
        return call(...args);
      };
    },
  });
}

/** node:fs/promises whose calls are the real ones, but for those that fail. For vi.mock. */
export async function failingFileSystem(): Promise<object> {
  const real = await vi.importActual<Record<string, Call | object>>('node:fs/promises');
  const names = Object.keys(real).filter((name) => typeof real[name] === 'function');
  const wrapped = names.map((name) => [
    name,
    async (...args: unknown[]) => {
      const call = real[name] as Call;
      const path = String(args[0]);
      if (plan.within === '' || !path.startsWith(plan.within)) return call(...args);
      if (fails(name)) {
        if (name === 'writeFile') await call(path, half(args[1]));
        throw failure(name);
      }
      const result = await call(...args);
      return name === 'open' ? failingHandle(result as object) : result;
    },
  ]);
  const all = { ...real, ...Object.fromEntries(wrapped) };
  return { ...all, default: all };
}
