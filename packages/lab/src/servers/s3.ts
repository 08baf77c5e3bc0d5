/** An S3 server that runs for a test alone. */
export interface S3Server {
  /** Which one it is, such as `MinIO` or `Ceph RGW 16.2.15`. */
  readonly product: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
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
