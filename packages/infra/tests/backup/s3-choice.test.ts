import { describe, expect, it } from 'vitest';
import { chooseS3 } from './support/s3.ts';

describe('the S3 server of a run', () => {
  it('is MinIO where Go can build it, Ceph where it cannot, and what one says', () => {
    expect(chooseS3(undefined, true).server).toBe('minio');
    expect(chooseS3('', false).server).toBe('ceph');
    expect(chooseS3('ceph', true).server).toBe('ceph');
    expect(chooseS3('minio', false).server).toBe('minio');
  });

  it('is none where another one is asked for, which is a failure', () => {
    expect(() => chooseS3('none', true)).toThrow('BACKUP_TEST_S3 is none: it can be minio or ceph.');
  });
});
