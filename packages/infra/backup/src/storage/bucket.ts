import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Problem } from '../problem.ts';

/** How a bucket is reached. */
export interface BucketAccess {
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  readonly pathStyle: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** The file that they were read from, for messages. */
  readonly credentialsFile: string;
  readonly serverSideEncryption: ServerSideEncryption | undefined;
  /** A connection on which nothing moves for this long is given up. */
  readonly timeoutSeconds: number;
  /** How often a request is tried in all; the waits between the tries grow to 20 seconds. */
  readonly attempts: number;
}

/** An object, as a listing tells of it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** By the storage's clock. */
  readonly modified: Date;
}

/** A multipart upload that was begun and neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly id: string;
  readonly started: Date;
}

/** One bucket, with the rights of one pair of credentials. Every failure is a {@link Problem} that names the bucket and what was tried. */
export interface Bucket {
  readonly name: string;
  /** The storage's clock; also shows that the bucket is there and may be listed. */
  time(): Promise<Date>;
  /** @param after only keys that sort behind this */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>;
  /** What follows the prefix, up to the next slash. */
  folders(prefix: string): Promise<string[]>;
  /** The text of an object, or undefined where there is none. */
  text(key: string): Promise<string | undefined>;
  /**
   * Stores a text as a whole or not at all.
   *
   * @param onlyIfAbsent where an object with another text is there, it stays and this is a problem
   */
  put(key: string, text: string, onlyIfAbsent?: boolean): Promise<void>;
  /** Stores what a stream gives. Where the stream fails nothing is stored, and no part stays behind. */
  upload(key: string, content: Readable, partBytes: number, signal: AbortSignal): Promise<void>;
  /** Every byte of an object. A connection that breaks is taken up again where it broke. */
  read(key: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The size of an object, or undefined where there is none. */
  size(key: string): Promise<number | undefined>;
  remove(key: string): Promise<void>;
  unfinishedUploads(prefix: string): AsyncIterable<UnfinishedUpload>;
  abortUpload(upload: UnfinishedUpload): Promise<void>;
  close(): void;
}

/** Parts under way at a time. With the part that is being filled they are the memory that an upload takes: (this + 1) × the size of a part. */
export const partsAtATime = 3;

/** What S3 allows in one upload. */
const maxParts = 10_000;

/**
 * The size of the parts for a stream of at most about `expectedBytes`: S3 takes 10,000 parts and no more.
 *
 * @returns 8 MiB for everything up to 78 GiB
 */
export function partBytesFor(expectedBytes: number): number {
  const mebibyte = 1024 * 1024;
  return Math.max(8, Math.ceil(expectedBytes / (maxParts - 1) / mebibyte)) * mebibyte;
}

/** Opens a bucket; nothing is sent before something is asked of it. */
export function openBucket(access: BucketAccess): Bucket {
  const { bucket: Bucket } = access;
  const client = new S3Client({
    ...(access.endpoint && { endpoint: access.endpoint }),
    region: access.region,
    forcePathStyle: access.pathStyle,
    credentials: access.credentials,
    maxAttempts: access.attempts,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: access.timeoutSeconds * 1000 },
    // The sums of the manifest are what counts; a sum that fails inside a stream would look like a broken connection.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const clock = watchClock(client);
  const encryption = access.serverSideEncryption ? { ServerSideEncryption: access.serverSideEncryption } : {};
  const send = async <T>(doing: string, request: () => Promise<T>): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      throw storageProblem(error, access, doing);
    }
  };
  const orAbsent = async <T>(request: Promise<T>): Promise<T | undefined> => {
    try {
      return await request;
    } catch (error) {
      if (error instanceof Problem && ['NoSuchKey', 'NotFound'].includes(nameOf(error.cause))) return undefined;
      throw error;
    }
  };

  const bucket: Bucket = {
    name: Bucket,
    async time() {
      await send('list', () => client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })));
      return clock();
    },
    async *list(prefix, after) {
      for (let token: string | undefined, more = true; more;) {
        const page = await send(`list ${prefix}`, () =>
          client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, StartAfter: after, ContinuationToken: token })),
        );
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          if (Key !== undefined && LastModified) yield { key: Key, bytes: Size ?? 0, modified: LastModified };
        }
        token = page.NextContinuationToken;
        more = page.IsTruncated === true && token !== undefined;
      }
    },
    async folders(prefix) {
      const found: string[] = [];
      for (let token: string | undefined, more = true; more;) {
        const page = await send(`list ${prefix}`, () =>
          client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token })),
        );
        found.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix ? [Prefix.slice(prefix.length, -1)] : [])));
        token = page.NextContinuationToken;
        more = page.IsTruncated === true && token !== undefined;
      }
      return found;
    },
    async text(key) {
      const request = () =>
        client.send(new GetObjectCommand({ Bucket, Key: key })).then(({ Body }) => Body?.transformToString('utf8') ?? '');
      return orAbsent(send(`read ${key}`, request));
    },
    async put(key, text, onlyIfAbsent = false) {
      const command = new PutObjectCommand({
        Bucket,
        Key: key,
        Body: text,
        ContentType: key.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8',
        ...encryption,
        ...(onlyIfAbsent && { IfNoneMatch: '*' }),
      });
      try {
        await send(`write ${key}`, () => client.send(command));
      } catch (error) {
        // A request that was answered too late is tried again, and the second meets what the first has written.
        const met = error instanceof Problem && nameOf(error.cause) === 'PreconditionFailed';
        if (!met || (await bucket.text(key)) !== text) throw error;
      }
    },
    async upload(key, content, partBytes, signal) {
      const upload = new Upload({
        client,
        params: { Bucket, Key: key, Body: content, ContentType: 'application/octet-stream', ...encryption },
        partSize: partBytes,
        queueSize: partsAtATime,
      });
      const abort = () => void upload.abort();
      signal.addEventListener('abort', abort, { once: true });
      try {
        await send(`write ${key}`, () => upload.done());
      } catch (error) {
        // The library gives the upload up, but not a part that was under way meanwhile, nor an upload that was only just begun.
        await bestEffort(async () => {
          for await (const unfinished of bucket.unfinishedUploads(key)) if (unfinished.key === key) await bucket.abortUpload(unfinished);
        });
        throw error;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    async *read(key, signal) {
      let [offset, total, failures] = [0, Infinity, 0];
      for (let etag: string | undefined; offset < total;) {
        const range = offset > 0 ? { Range: `bytes=${offset}-`, IfMatch: etag } : {};
        const from = offset;
        const response = await send(`read ${key}`, () =>
          client.send(new GetObjectCommand({ Bucket, Key: key, ...range }), { abortSignal: signal }),
        );
        etag ??= response.ETag;
        if (total === Infinity) total = response.ContentLength ?? Infinity;
        try {
          for await (const chunk of response.Body as AsyncIterable<Uint8Array>) {
            offset += chunk.length;
            yield chunk;
          }
          if (total === Infinity) return;
          if (offset < total) throw new Error(`the connection ended after ${offset} of ${total} bytes`);
        } catch (error) {
          if (signal.aborted || offset >= total) throw error;
          failures = offset > from ? 1 : failures + 1;
          if (failures >= access.attempts) throw storageProblem(error, access, `read ${key}`);
          await sleep(Math.min(20_000, 100 * 2 ** failures), undefined, { signal });
        }
      }
    },
    async size(key) {
      // By the listing: to look at an object takes the right to read it.
      for await (const object of bucket.list(key)) if (object.key === key) return object.bytes;
      return undefined;
    },
    async remove(key) {
      await send(`delete ${key}`, () => client.send(new DeleteObjectCommand({ Bucket, Key: key })));
    },
    async *unfinishedUploads(prefix) {
      for (let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}, more = true; more;) {
        const page = await send(`list the unfinished uploads of ${prefix}`, () =>
          client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix, ...marker })),
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Key !== undefined && UploadId !== undefined && Initiated) yield { key: Key, id: UploadId, started: Initiated };
        }
        more = page.IsTruncated === true && page.NextKeyMarker !== undefined;
        marker = {
          ...(page.NextKeyMarker !== undefined && { KeyMarker: page.NextKeyMarker }),
          ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }),
        };
      }
    },
    async abortUpload({ key, id }) {
      const request = () => client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: id }));
      await send(`abort the upload of ${key}`, request).catch((error: unknown) => {
        // Somebody was faster.
        if (!(error instanceof Problem) || nameOf(error.cause) !== 'NoSuchUpload') throw error;
      });
    },
    close: () => client.destroy(),
  };
  return bucket;
}

/** Does what is good to have done; what it fails with is not worth losing the first error for. */
export async function bestEffort(action: () => Promise<unknown>): Promise<void> {
  await action().catch(() => undefined);
}

/** Remembers the clock of the storage: every answer carries it. */
function watchClock(client: S3Client): () => Date {
  let seen: { readonly storage: number; readonly at: number } | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Readonly<Record<string, string>> };
      const storage = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(storage)) seen = { storage, at: performance.now() };
      return result;
    },
    { step: 'deserialize', name: 'watchClock' },
  );
  return () => new Date(seen ? seen.storage + (performance.now() - seen.at) : Date.now());
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** What an error of the S3 client means to whoever runs the program. */
function storageProblem(error: unknown, access: BucketAccess, doing: string): Problem {
  if (error instanceof Problem) return error;
  const { name, message, code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number; attempts?: number } };
  const where = `bucket ${access.bucket} at ${access.endpoint ?? 'Amazon S3'}`;
  const status = $metadata?.httpStatusCode;
  const known: Readonly<Record<string, readonly ['missing' | 'failed', string]>> = {
    NoSuchBucket: ['missing', `There is no ${where}: create it, or correct BACKUP_S3_BUCKET.`],
    InvalidAccessKeyId: ['failed', `The ${where} does not know the access key in ${access.credentialsFile}.`],
    SignatureDoesNotMatch: [
      'failed',
      `The ${where} refuses the secret key in ${access.credentialsFile}: it does not belong to the access key.`,
    ],
    AccessDenied: [
      'failed',
      `The ${where} does not allow the user of ${access.credentialsFile} to ${doing}: compare its policy with those in docs/backup.md.`,
    ],
  };
  const told = known[name] ?? (status === 403 ? known.AccessDenied : undefined);
  if (told) return new Problem(told[0], told[1], { cause: error });
  const tries = ($metadata?.attempts ?? 1) > 1 ? ` after ${$metadata?.attempts} tries` : '';
  const what = [name !== 'Error' ? name : undefined, code, message]
    .filter((part, index, all) => part && all.indexOf(part) === index)
    .join(': ');
  return new Problem('failed', `Could not ${doing} in ${where}${tries}: ${what.replace(/\.$/, '')}${status ? ` (HTTP ${status})` : ''}.`, {
    cause: error,
  });
}
