import type { Kernel } from '../kernel/kernel.js';
import type { Floats } from '../layers/floats.js';
import type { NetworkShape } from '../network.js';
import type { Context } from './context.js';
import type { TrainingReport } from './report-train.js';
import type { Terminal } from './terminal.js';

interface FollowFlags {
  readonly report?: string | undefined;
  readonly watch?: true | undefined;
  readonly color: boolean;
}

/** Who looks on while it trains; they change nothing. */
export interface Followers {
  /** With --report. */
  readonly report: TrainingReport | undefined;
  epoch(epoch: number, kernel: Kernel): void;
}

/**
 * Starts what --report and --watch ask for. Their code is loaded only then.
 * @throws UsageError if a model of this shape does not fit into a page
 */
export async function startFollowing(
  { report: path, watch: watched, color }: FollowFlags,
  shape: NetworkShape,
  initial: Floats,
  { terminal, context }: { terminal: Terminal; context: Context },
): Promise<Followers> {
  let report: TrainingReport | undefined;
  let watch: ((parameters: Floats) => void) | undefined;
  if (path !== undefined) {
    const { TrainingReport } = await import('./report-train.js');
    report = new TrainingReport(path, shape, initial);
  }
  if (watched) {
    const { watchWeights } = await import('./watch.js');
    watch = watchWeights(shape, terminal, context, color);
  }
  return {
    report,
    epoch(epoch, kernel) {
      if (report || watch) {
        const parameters = kernel.getParameters();
        report?.epoch(epoch, parameters);
        watch?.(parameters);
      }
    },
  };
}
