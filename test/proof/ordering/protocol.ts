/** A protocol of the engine as a program, the outcomes that it must not have, and ways to break it. */
import type { MachineName } from './machines.ts';
import type { Outcome } from './enumerate.ts';
import { Seam, type Mirrored } from './seam.ts';
import type { Program } from './state.ts';

export interface Fault {
  readonly name: string;
  /** The machines on which it shows. */
  readonly badOn: readonly MachineName[];
}

export interface Protocol {
  /** The argument of native-layout/README.md that it is about. */
  readonly argument: string;
  /** What goes on, as a sentence. */
  readonly scene: string;
  /** The program as it is in src when `fault` is `NO_FAULT`. */
  readonly program: (seam: Seam, fault: string) => Program;
  /** A few words on what the outcome comes to; they begin with `bad` when it must not be. */
  readonly judge: (outcome: Outcome) => string;
  readonly faults: readonly Fault[];
  /** Machines on which the program as it is in src has a bad outcome all the same, and why that is no defect. */
  readonly reliesOn?: { readonly machines: readonly MachineName[]; readonly what: string };
}

export const NO_FAULT = 'none';

export const EVERYWHERE: readonly MachineName[] = ['sc', 'x64', 'x64-jit', 'arm64'];
export const ON_ARM64: readonly MachineName[] = ['arm64'];

export interface Staged {
  readonly program: Program;
  readonly mirrored: readonly Mirrored[];
}

/** The program for a machine, with a fault. */
export function stage(protocol: Protocol, machine: MachineName, fault: string): Staged {
  const seam = new Seam(machine, fault);
  return { program: protocol.program(seam, fault), mirrored: seam.mirrored };
}
