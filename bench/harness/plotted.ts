/** Where samples belong in the report. A question says it of its samples; the report draws what it finds. */
export type PlotName =
  | 'entries'
  | 'threads'
  | 'size-get'
  | 'size-set'
  | 'latency-get'
  | 'latency-set'
  | 'memory'
  | 'pauses'
  | 'trips'
  | 'kinds-get'
  | 'kinds-set';

export interface Plotted {
  readonly plot: PlotName;
  /** What is drawn in one colour: a library, or a kind of work. */
  readonly line: string;
  /** Entries, threads, bytes, a quantile, or the name of a row. */
  readonly x: number | string;
}

/** What a question says its samples are of, as far as a plot needs it. */
interface Named {
  readonly subject: string;
}

/** The samples with their place in a plot; the line is named after the subject unless told otherwise. */
export function inPlot<S extends Named>(samples: S, plot: PlotName, x: number | string, line?: string): S {
  return { ...samples, plotted: { plot, line: line ?? samples.subject, x } satisfies Plotted };
}
