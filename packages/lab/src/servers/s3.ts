/** An S3 server that runs for a test alone. */
export interface S3Server {
  /** Which one it is, such as `MinIO` or `Ceph RGW 16.2.15`. */
  readonly product: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Of somebody who may do everything; drawn for this run. */
  readonly accessKey: string;
  readonly secretKey: string;
  /** A user who may do nothing but what a policy of IAM says. */
  addUser(name: string, policy: string, bucket: string): Promise<{ readonly accessKey: string; readonly secretKey: string }>;
  /** Multipart uploads of a bucket that were begun and neither completed nor aborted. */
  unfinishedUploads(bucket: string): Promise<number>;
  stop(): Promise<void>;
}
