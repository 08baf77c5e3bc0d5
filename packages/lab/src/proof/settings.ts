import type { Bench } from '../bench/bench.ts';
import type { Session } from '../bench/session.ts';
import { settingOf, type Subject } from '../bench/subject.ts';
import type { Environment } from '../environments.ts';
import { inTransactionMode } from './breaks.ts';
import { judged, type Observation } from './observation.ts';
import { drivers, type Experiment } from './proof.ts';

/**
 * Looks where a setting is once the client that made it is on another server connection: with the client, as meant, or with whoever got the old one.
 *
 * @param wanted the value that `change` asks for
 */
export async function settingAfterMove(
  bench: Bench,
  subject: Subject,
  setting: string,
  wanted: string,
  change: () => Promise<unknown>,
): Promise<Observation> {
  await change();
  const { stranger } = await bench.move(subject);
  const own = await settingOf(subject, setting);
  const others = await settingOf(stranger, setting);
  return judged(
    [
      others === wanted && `leaked: another client runs with ${setting} = ${wanted}`,
      own !== wanted && `lost: the client itself is back to ${setting} = ${own}`,
    ],
    `the client keeps ${setting} = ${wanted}, nobody else has it`,
  );
}

/**
 * Looks whether a setting is in force where it is needed, and gone from everywhere afterwards.
 *
 * @param apply makes the setting, and gives what it is where it is needed
 */
export async function settingWithin(
  bench: Bench,
  subject: Subject,
  setting: string,
  wanted: string,
  apply: () => Promise<string>,
): Promise<Observation> {
  const usual = await settingOf(subject, setting);
  const seen = await apply();
  const { stranger } = await bench.move(subject);
  const own = await settingOf(subject, setting);
  const others = await settingOf(stranger, setting);
  return judged(
    [
      seen !== wanted && `no effect: ${setting} is ${seen}`,
      others !== usual && `leaked: another client runs with ${setting} = ${others}`,
      own !== usual && `left behind: the client still has ${setting} = ${own}`,
    ],
    `${setting} = ${wanted} in the transaction, ${usual} for everyone afterwards`,
  );
}

/** A statement that changes a setting, and what to write instead. */
export interface SettingCase {
  readonly setting: string;
  /** The setting's value once a statement has run. */
  readonly wanted: string;
  /** The statement that the rule reports. */
  readonly bad?: string;
  /** Where `bad` breaks, if not behind every transaction pool. */
  readonly breaks?: (environment: Environment) => boolean;
  /** Ids of special environments to run in, beside the standard ones. */
  readonly also?: readonly string[];
  /** A statement that looks like `bad` and may stay. */
  readonly safe?: string;
  /** The statement to write instead, in a transaction. */
  readonly fix?: string;
  /** What breaks lies in the database, where no rule can see it. */
  readonly hidden?: true;
  /** Only a superuser may. */
  readonly superuser?: true;
  /** What has to be there first; run by a superuser on a direct connection. */
  readonly given?: string;
}

/** The experiments of a statement that changes a setting, for both drivers. */
export function settingExperiments({
  setting,
  wanted,
  bad,
  breaks = inTransactionMode,
  safe,
  fix,
  superuser,
  given,
  hidden,
  also = [],
}: SettingCase): Experiment[] {
  const asked = (text: string, inTransaction: boolean) => (hidden ? {} : { statement: { text, inTransaction } });
  const open = async (bench: Bench, driver: 'pg' | 'postgres'): Promise<Session> => {
    if (given) await bench.direct.query(given);
    return bench.session(driver, superuser ? 'postgres' : 'app');
  };
  return drivers.flatMap((driver) => {
    const alone = (text: string) => async (bench: Bench) => {
      const { subject, run } = await open(bench, driver);
      return settingAfterMove(bench, subject, setting, wanted, () => run(text));
    };
    const experiments: Experiment[] = [];
    if (bad)
      experiments.push({
        shows: bad,
        ...asked(bad, false),
        driver,
        variant: 'bad',
        breaks,
        also,
        run: alone(bad),
      });
    if (safe) experiments.push({ shows: safe, ...asked(safe, false), driver, variant: 'safe', also, run: alone(safe) });
    if (fix) {
      experiments.push({
        shows: `${fix} in a transaction`,
        ...asked(fix, true),
        driver,
        variant: 'fix',
        also,
        async run(bench) {
          const { subject, transaction } = await open(bench, driver);
          return settingWithin(bench, subject, setting, wanted, () =>
            transaction(async (run) => {
              await run(fix);
              const [row] = await run(`select current_setting('${setting}') as value`);
              return String(row?.value);
            }),
          );
        },
      });
    }
    return experiments;
  });
}
