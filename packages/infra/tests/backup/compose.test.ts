import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSettings, variables } from '../../backup/src/settings.ts';
import { composeConfig } from '../support/compose.ts';
import { shipped } from '../support/shipped.ts';

const answers = { BACKUP_PG_MAJOR: '17', BACKUP_DATABASES: 'app', BACKUP_S3_BUCKET: 'backups' };
const { backup, ...others } = composeConfig(['compose.backup.yml'], answers).services;

describe('compose.backup.yml', () => {
  it('adds one service to a stack and changes none of it', () => {
    expect(Object.keys(others).sort()).toEqual(['backend', 'postgres']);
    expect(others.postgres).toMatchObject({ image: 'postgres:17', networks: { default: null } });
  });

  it('asks for what it needs to know', () => {
    for (const name of Object.keys(answers)) {
      const { [name as keyof typeof answers]: _, ...rest } = answers;
      expect(() => composeConfig(['compose.backup.yml'], rest), name).toThrow(new RegExp(`${name} is missing a value`));
    }
  });

  it('runs without root, capabilities, a writable image and published ports', () => {
    expect(backup).toMatchObject({ user: '10002:10002', read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(backup!.ports).toBeUndefined();
    expect(shipped('backup/Dockerfile')).toMatch(/^FROM \S+@sha256:[0-9a-f]{64}$/m);
    expect(shipped('backup/Dockerfile')).toMatch(/^USER 10002:10002$/m);
  });

  it('sets what the program reads, and no secret', () => {
    const environment = backup!.environment!;
    const settings = readSettings({
      ...environment,
      ...Object.fromEntries(Object.keys(environment).flatMap((name) => (name.endsWith('_CREDENTIALS_FILE') ? [[name, '/dev/null']] : []))),
    });
    expect(settings).toMatchObject({ days: 30, keep: 7, databases: ['app'], endpoint: 'http://minio:9000', prefix: 'main' });
    for (const [name, value] of Object.entries(environment))
      if (/PASS|CREDENTIALS/.test(name)) expect(value, name).toMatch(/^\/run\/secrets\//);
  });

  it('has the defaults of the program', () => {
    const environment = backup!.environment!;
    for (const { name, default: fallback } of [
      variables.days,
      variables.keep,
      variables.schedule,
      variables.drillSchedule,
      variables.zone,
      variables.region,
    ]) {
      expect([name, environment[name]]).toEqual([name, fallback]);
    }
  });

  it('goes together with the overlay of PgBouncer, and past it', () => {
    const both = composeConfig(['compose.pgbouncer.yml', 'compose.backup.yml'], { ...answers, PGBOUNCER_DATABASE: 'app' }).services;
    expect(both.backup!.environment).toMatchObject({ PGHOST: 'postgres', PGPORT: '5432' });
  });
});

describe('the page', () => {
  it('lists every setting with its default, and every exit code', () => {
    const page = readFileSync(new URL('../../../../docs/backup.md', import.meta.url), 'utf8');
    for (const { name, default: fallback } of Object.values(variables)) {
      expect(page, name).toMatch(
        new RegExp(
          `\\| \`${name}\`\\s*\\| ${fallback ? `\`${fallback.replace(/[*+?.]/g, '\\$&')}\`` : fallback === '' ? '' : 'required'}\\s*\\|`,
        ),
      );
    }
  });
});
