import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { goProgram, type GoProgram } from './go-program.ts';
import type { RunFolder } from './run-folder.ts';
import { reachable, type S3Server, type TlsFiles } from './s3.ts';
import { lentTo } from './server-account.ts';
import { startServer } from './server-process.ts';

const run = promisify(execFile);

/** The last commits of both repositories, which are archived. */
export const minioServer: GoProgram = { module: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c' };
export const minioClient: GoProgram = { module: 'github.com/minio/mc', version: 'v0.0.0-20250313080218-cf909e1063a9' };

/**
 * Starts MinIO on 127.0.0.1.
 *
 * @param tls where it speaks HTTPS alone, under the name `localhost`
 * @throws LabError where it cannot be built or does not come up
 */
export async function startMinio(folder: RunFolder, name = 'minio', tls?: TlsFiles): Promise<S3Server> {
  const program = await goProgram(minioServer);
  const port = await freePort();
  const [accessKey, secretKey] = [`root${randomBytes(4).toString('hex')}`, randomBytes(15).toString('base64')];
  const data = await folder.folder(name);
  const endpoint = tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  const certificates = join(data, 'certificates');
  if (tls) {
    await mkdir(certificates);
    await copyFile(tls.certificate, join(certificates, 'public.crt'));
    await copyFile(tls.key, join(certificates, 'private.key'));
  }
  const settings = {
    MINIO_ROOT_USER: accessKey,
    MINIO_ROOT_PASSWORD: secretKey,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    HOME: data,
    // Only what asks for it is encrypted.
    MINIO_KMS_SECRET_KEY: `lab:${randomBytes(32).toString('base64')}`,
    // The data may lie on the disk of the system.
    MINIO_CI_CD: 'on',
  };
  const variables = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const own = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  const command = lentTo(
    own,
    {
      command: 'env',
      args: [...variables, program, 'server', '--quiet', '--certs-dir', certificates, '--address', `127.0.0.1:${port}`, join(data, 'data')],
    },
    'KILL',
  );
  const answers = async () => {
    if (tls) return reachable(port);
    const { ok } = await fetch(`${endpoint}/minio/health/ready`, { signal: AbortSignal.timeout(2_000) });
    if (!ok) throw new Error('not ready');
  };
  const running = await startServer('MinIO', command, answers, 'SIGKILL');
  return {
    product: 'MinIO',
    endpoint,
    caFile: tls?.certificate,
    accessKey,
    secretKey,
    bucketPolicies: false,
    async addUser(user, policy) {
      const mc = await goProgram(minioClient);
      const secret = randomBytes(15).toString('hex');
      const file = join(data, `${user}.json`);
      await writeFile(file, policy);
      const config = ['--config-dir', join(data, 'mc'), '--quiet'];
      for (const args of [
        ['alias', 'set', 'lab', endpoint, accessKey, secretKey],
        ['admin', 'user', 'add', 'lab', user, secret],
        ['admin', 'policy', 'create', 'lab', user, file],
        ['admin', 'policy', 'attach', 'lab', user, '--user', user],
      ]) {
        await run(mc, [...config, ...args]);
      }
      return { accessKey: user, secretKey: secret };
    },
    async unfinishedUploads() {
      // Its API tells them for a key that one knows, and not for a bucket.
      const folders = await readdir(join(data, 'data', '.minio.sys', 'multipart'), { withFileTypes: true }).catch(() => []);
      const uploads = await Promise.all(
        folders.filter((entry) => entry.isDirectory()).map((entry) => readdir(join(entry.parentPath, entry.name))),
      );
      return uploads.flat().length;
    },
    stop: running.stop,
  };
}
