export { type Bench, type Moved, type ToolOptions } from './bench/bench.ts';
export { type Drizzle, drizzles, forEachDrizzle } from './bench/drizzles.ts';
export { within } from './bench/hang.ts';
export { type Session } from './bench/session.ts';
export { ask, type Row, serverOf, settingOf, type Subject } from './bench/subject.ts';
export { preparedNames, traceWire } from './bench/wire-trace.ts';
export { type Environment, environment, searchPathTracked } from './environments.ts';
export { LabError } from './lab-error.ts';
export { type Lab, openLab } from './lab.ts';
export {
  behindPgBouncer,
  everywhere,
  inTransactionMode,
  inTransactionModeBefore,
  withoutPreparedStatements,
  withPreparedStatements,
} from './proof/breaks.ts';
export { judged, type Observation, silent, works } from './proof/observation.ts';
export { defineProof, drivers, type Experiment, forEachDriver, type Proof } from './proof/proof.ts';
export { settingAfterMove, settingExperiments, settingWithin } from './proof/settings.ts';
