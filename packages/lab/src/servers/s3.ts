import { once } from 'node:events';
import { connect } from 'node:tls';

/** The files of a certificate for `localhost`, as PEM. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** An S3 server that runs for a test alone. */
export interface S3Server {
  /** Which one it is, such as `MinIO` or `Ceph RGW 16.2.15`. */
  readonly product: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Where it speaks HTTPS: the certificate that its clients have to trust. */
  readonly caFile: string | undefined;
  /** Of somebody who may do everything; drawn for this run. */
  readonly accessKey: string;
  readonly secretKey: string;
  /** Whether a new user gets its rights from the policy of a bucket, and not from its own. */
  readonly bucketPolicies: boolean;
  /** A user who may do nothing but what a policy of IAM says, or nothing at all where a bucket's policy says it. */
  addUser(name: string, policy: string): Promise<{ readonly accessKey: string; readonly secretKey: string }>;
  /** How many multipart uploads were begun and neither completed nor aborted; undefined where the API of S3 tells. */
  readonly unfinishedUploads: (() => Promise<number>) | undefined;
  stop(): Promise<void>;
}

/** Resolves where a server on 127.0.0.1 shakes hands. Who it is, is for its clients to check. */
export async function reachable(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
  }
}
