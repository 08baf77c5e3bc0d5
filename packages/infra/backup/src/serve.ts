import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Cron } from 'croner';
import type { App } from './app.ts';
import { makeBackup } from './backup.ts';
import { drill } from './drill.ts';
import { type Knowledge, openMetrics } from './metrics.ts';
import { Problem, problemOf } from './problem.ts';
import { prune } from './retention.ts';
import { readState } from './state.ts';
import { catalogue, chooseBackup, openBackup } from './storage/catalogue.ts';
import { verifyBackup } from './verify.ts';

/** How often the bucket is looked at, so that what other commands did is shown too. */
const lookEveryMilliseconds = 300_000;

/**
 * Makes backups and drills on schedule until it is told to stop; a backup that was missed while it was not running is made at once. A job that fails
 * is told by the metrics and the log, and never ends it.
 */
export async function serve(app: App): Promise<void> {
  const { log, settings, signal } = app;
  const { databases } = settings;
  if (databases.length === 0) throw new Problem('usage', 'serve needs the names of the databases in BACKUP_DATABASES.');
  const metrics = openMetrics(settings);
  const attempts = new Map<string, NonNullable<Knowledge['attempt']>>();

  const look = async (database: string) => {
    try {
      metrics.show(database, await knowledge(app, database, attempts.get(database)));
      metrics.storageUp(database, true);
    } catch (error) {
      metrics.storageUp(database, false);
      log.warn(`What the bucket has of ${database} is not known: ${problemOf(error).message}`);
      const tried = attempts.get(database);
      if (tried) metrics.showAttempt(database, tried);
    }
  };
  const backup = async (database: string) => {
    try {
      const { name } = await makeBackup(app, database);
      attempts.set(database, { outcome: 'done', at: new Date() });
      await look(database);
      await attempt(() => verify(app, database, name));
      await attempt(() => prune(app, database, false));
    } catch (error) {
      const { outcome } = problemOf(error);
      attempts.set(database, { outcome, at: new Date() });
      report(app, error);
    }
    await look(database);
  };
  const attempt = async (action: () => Promise<unknown>) => {
    try {
      await action();
    } catch (error) {
      report(app, error);
    }
  };
  const trial = async (database: string) => {
    await attempt(async () => {
      const { prefix } = settings;
      const entry = chooseBackup(await catalogue(app.bucket('read'), prefix, database), { kind: 'latest' }, database);
      return drill(app, await openBackup(app.bucket('read'), prefix, database, entry));
    });
    await look(database);
  };

  // One after the other: two jobs at a time would only be slower, and a drill is not worth a late backup's wait more than once.
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (job: (database: string) => Promise<void>, wanted: readonly string[] = databases) => {
    queue = queue.then(async () => {
      for (const database of wanted) if (!signal.aborted) await job(database);
    });
  };

  const server = await listen(app, async () => metrics.registry.metrics());
  log.say(`Serving /metrics and /healthz on ${settings.listen}.`);
  for (const database of databases) await look(database);
  const schedule = (pattern: string, kind: 'backup' | 'drill', job: (database: string) => Promise<void>) => {
    const cron = new Cron(pattern, { timezone: settings.zone }, () => {
      metrics.nextRun(kind, cron.nextRun() ?? undefined);
      enqueue(job);
    });
    metrics.nextRun(kind, cron.nextRun() ?? undefined);
    log.say(`Next ${kind}: ${cron.nextRun()?.toISOString() ?? 'never'}.`);
    return cron;
  };
  const crons = [schedule(settings.schedule, 'backup', backup), schedule(settings.drillSchedule, 'drill', trial)];
  const missed = await missedBackups(app, crons[0]!);
  if (missed.length > 0) {
    log.say(`A backup that the schedule had is missing, and is made now: ${missed.join(', ')}.`);
    enqueue(backup, missed);
  }
  const looking = setInterval(() => void Promise.all(databases.map(look)), lookEveryMilliseconds);

  if (!signal.aborted) await once(signal, 'abort');
  log.say('Stopping: what is under way is given up.');
  for (const cron of crons) cron.stop();
  clearInterval(looking);
  await queue;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  // To be told to stop is how a service ends well.
}

async function knowledge(app: App, database: string, attempt: Knowledge['attempt']): Promise<Knowledge> {
  const { prefix } = app.settings;
  const bucket = app.bucket('write');
  const [entries, now] = [await catalogue(bucket, prefix, database), await bucket.time()];
  const state = async <K extends keyof Knowledge['states']>(kind: K) => readState(bucket, prefix, database, kind);
  const [run, success, verification, lastDrill, retention] = await Promise.all([
    state('run'),
    state('success'),
    state('verification'),
    state('drill'),
    state('retention'),
  ]);
  return { entries, now, attempt, states: { run, success, verification, drill: lastDrill, retention } };
}

async function verify(app: App, database: string, name: string): Promise<void> {
  const { prefix } = app.settings;
  const entries = await catalogue(app.bucket('read'), prefix, database);
  await verifyBackup(app, await openBackup(app.bucket('read'), prefix, database, chooseBackup(entries, { kind: 'name', name }, database)));
}

/** The databases whose newest backup is older than the last time at which the schedule had one. */
async function missedBackups(app: App, schedule: Cron): Promise<string[]> {
  const missed: string[] = [];
  for (const database of app.settings.databases) {
    try {
      const newest = (await catalogue(app.bucket('write'), app.settings.prefix, database)).filter(({ manifest }) => manifest).at(-1);
      const due = newest && schedule.nextRun(newest.time);
      if (!newest || (due && due.getTime() < Date.now())) missed.push(database);
    } catch {
      // Told by the look at the bucket.
    }
  }
  return missed;
}

function report(app: App, error: unknown): void {
  const { message, outcome } = problemOf(app.signal.aborted ? app.signal.reason : error);
  app.log.say(`${outcome === 'interrupted' ? 'STOPPED' : 'FAILED'} ${message}`);
}

async function listen({ settings, signal }: App, metrics: () => Promise<string>): Promise<Server> {
  const address = /^(.*):(\d+)$/.exec(settings.listen);
  if (!address) throw new Problem('usage', `BACKUP_LISTEN is "${settings.listen}": give an address and a port, such as 0.0.0.0:9187.`);
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      void response.writeHead(status, { 'content-type': type }).end(text);
    if (request.method !== 'GET') return answer(405, 'GET only\n');
    if (request.url === '/healthz') return signal.aborted ? answer(503, 'stopping\n') : answer(200, 'ok\n');
    if (request.url !== '/metrics') return answer(404, 'There is /metrics and /healthz.\n');
    metrics().then(
      (text) => answer(200, text, 'text/plain; version=0.0.4; charset=utf-8'),
      () => answer(500, 'The metrics could not be written.\n'),
    );
  });
  server.listen(Number(address[2]), address[1]!.replace(/^\[|\]$/g, ''));
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Problem('usage', `Cannot listen on ${settings.listen}: ${(error as Error).message}. Change BACKUP_LISTEN.`, { cause: error });
  }
  return server;
}
