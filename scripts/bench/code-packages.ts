/** A package of npm that ships the TypeScript it is made of. */
export interface CodePackage {
  readonly name: string;
  readonly version: string;
}

/** What most of a repository is: pages, components, state, clients of APIs. None of it talks to PostgreSQL. */
export const applicationCode: readonly CodePackage[] = [
  { name: '@medusajs/dashboard', version: '2.21.2' },
  { name: 'viem', version: '2.57.20' },
  { name: '@refinedev/core', version: '5.0.12' },
  { name: '@blocknote/core', version: '0.55.0' },
  { name: '@blocknote/react', version: '0.55.0' },
  { name: '@react-spectrum/s2', version: '1.7.1' },
  { name: '@tiptap/core', version: '3.34.0' },
  { name: '@reduxjs/toolkit', version: '2.14.0' },
  { name: '@tanstack/query-core', version: '5.108.0' },
  { name: '@tanstack/react-router', version: '1.170.46' },
  { name: '@trpc/server', version: '11.25.2' },
  { name: 'lexical', version: '0.53.0' },
  { name: 'wagmi', version: '3.7.7' },
];

/** Code that talks to PostgreSQL, beside the service in fixtures/backend. */
export const databaseCode: readonly CodePackage[] = [
  { name: '@prairielearn/postgres', version: '7.1.1' },
  { name: '@auth/drizzle-adapter', version: '1.11.3' },
];
