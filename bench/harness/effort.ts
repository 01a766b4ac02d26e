/** How much a run takes upon itself. */
export interface Effort {
  /** Seconds instead of minutes: less data, short batches, figures that only show that everything works. */
  readonly quick: boolean;
  /** Rounds of a comparison. */
  readonly pairs: number;
  /** What one batch of one subject lasts, about. */
  readonly batchMs: number;
}

export const FULL: Effort = { quick: false, pairs: 9, batchMs: 60 };
export const QUICK: Effort = { quick: true, pairs: 5, batchMs: 2 };
