import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { dashboards } from '../dashboards/index.ts';
import { poolerManifest } from '../kubernetes/pooler-manifest.ts';

/** A file of this package that is made from its sources. */
export interface InfraFile {
  /** Relative to `packages/infra`. */
  readonly path: string;
  readonly text: string;
}

/** Programs that run in a container which holds Node and nothing of this repository: the file, and what it is bundled from. */
const programs: Readonly<Record<string, string>> = {
  'monitoring/notify/notify-bridge.mjs': 'src/bin/notify-bridge.ts',
};

/**
 * Everything in this package that is generated, as it should be.
 *
 * @param settings the section [pgbouncer] of pgbouncer.ini
 */
export async function infraFiles(settings: ReadonlyMap<string, string>): Promise<readonly InfraFile[]> {
  const bundles = Object.entries(programs).map(async ([path, entry]) => ({ path, text: await bundled(entry) }));
  return [
    ...(await Promise.all(bundles)),
    { path: 'kubernetes/pooler.yaml', text: poolerManifest(settings) },
    ...dashboards.map((dashboard) => ({ path: `monitoring/dashboards/${dashboard.uid!}.json`, text: JSON.stringify(dashboard, null, 2) })),
  ];
}

/** One module with everything in it that it imports, but for Node's own. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('../../', import.meta.url)),
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
  });
  return `// Written by \`pnpm generate\` from ${entry}.\n${outputFiles[0]!.text}`;
}
