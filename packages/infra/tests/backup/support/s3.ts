import { startCeph } from '../../../../lab/src/servers/ceph.ts';
import { hasGo } from '../../../../lab/src/servers/go-program.ts';
import { startMinio } from '../../../../lab/src/servers/minio.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import type { S3Server } from '../../../../lab/src/servers/s3.ts';

/**
 * The S3 server of this run: MinIO where Go can build it, Ceph's gateway everywhere else; `BACKUP_TEST_S3` chooses one of `minio` and `ceph`.
 *
 * @throws LabError where neither can be had: without a real server these tests would prove nothing
 */
export async function startS3(folder: RunFolder): Promise<S3Server> {
  const wanted = process.env.BACKUP_TEST_S3 ?? ((await hasGo()) ? 'minio' : 'ceph');
  const server = await (wanted === 'minio' ? startMinio(folder) : startCeph(folder));
  console.log(`The S3 server of this run: ${server.product}.`);
  return server;
}
