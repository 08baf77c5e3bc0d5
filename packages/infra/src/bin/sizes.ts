import { InvalidArgumentError, program } from 'commander';
import { type Deployment, poolSizes, shippedDeployment } from '../pool-sizes.ts';

const count = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
};

program
  .name('sizes')
  .description('Prints the sizes of pgbouncer.ini for a deployment.')
  .option('--processes <n>', 'processes of the back end', count, shippedDeployment.processes)
  .option('--client-pool <n>', 'max of the client pool in one process', count, shippedDeployment.clientPool)
  .option('--cores <n>', 'processor cores that PostgreSQL has', count, shippedDeployment.cores)
  .option('--max-connections <n>', "PostgreSQL's max_connections", count, shippedDeployment.maxConnections)
  .option('--reserved <n>', 'superuser_reserved_connections + reserved_connections', count, shippedDeployment.reserved)
  .option('--direct <n>', 'connections that go past PgBouncer: migrations, backups, LISTEN', count, shippedDeployment.direct)
  .option('--poolers <n>', 'PgBouncer processes', count, shippedDeployment.poolers)
  .action((deployment: Deployment) => {
    try {
      for (const [name, value] of Object.entries(poolSizes(deployment))) console.log(`${name} = ${value}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      program.error(error.message);
    }
  })
  .parse();
