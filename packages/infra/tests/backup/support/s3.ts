import { startCeph } from '../../../../lab/src/servers/ceph.ts';
import { hasGo } from '../../../../lab/src/servers/go-program.ts';
import { startMinio } from '../../../../lab/src/servers/minio.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import type { S3Server, TlsFiles } from '../../../../lab/src/servers/s3.ts';

const servers = { minio: startMinio, ceph: startCeph } as const;

/** Which server a run takes, and why, in words for the run to say. */
export interface Choice {
  readonly server: keyof typeof servers;
  readonly because: string;
}

/**
 * MinIO where Go can build it, Ceph's gateway everywhere else; `BACKUP_TEST_S3` chooses one of the two.
 *
 * @throws where it names neither: another server than the one that was meant would prove something else
 */
export function chooseS3(wanted: string | undefined, go: boolean): Choice {
  if (wanted === undefined || wanted === '')
    return go ? { server: 'minio', because: 'Go can build it here' } : { server: 'ceph', because: 'there is no Go here to build MinIO' };
  if (!Object.hasOwn(servers, wanted)) throw new Error(`BACKUP_TEST_S3 is ${wanted}: it can be ${Object.keys(servers).join(' or ')}.`);
  return { server: wanted as Choice['server'], because: 'BACKUP_TEST_S3 says so' };
}

/**
 * The S3 server of this run, which the run says.
 *
 * @param tls where it speaks HTTPS alone
 * @throws LabError where it cannot be had: without a real server these tests would prove nothing
 */
export async function startS3(folder: RunFolder, tls?: TlsFiles): Promise<S3Server> {
  const { server, because } = chooseS3(process.env.BACKUP_TEST_S3, await hasGo());
  const started = await servers[server](folder, server, tls);
  console.log(`The S3 server of this run: ${started.product}, because ${because}.`);
  return started;
}
