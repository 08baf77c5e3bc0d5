/** Packages whose servers and routers call a function for each request. */
export const serverModules =
  /^(express|express-promise-router|fastify|@fastify\/\w+|hono|@hono\/[\w-]+|koa|@koa\/router|koa-router|polka|restify|elysia|h3|itty-router|(node:)?https?|@hapi\/hapi|@trpc\/server)$/;

/** Methods that take a path and the function for its requests. */
export const routeMethods = /^(get|post|put|patch|delete|del|head|options|all|any|route|use)$/;

/** Hooks of a server that run for each request. */
export const requestHooks = /^(onRequest|preParsing|preValidation|preHandler|preSerialization|onSend|onResponse|request)$/;

/** Decorators of a controller's methods: NestJS, routing-controllers, tsoa. */
export const routeDecorators = /^(Get|Post|Put|Patch|Delete|Head|Options|All|MessagePattern|EventPattern|Query|Mutation|ResolveField)$/;

/** A function that a framework calls for each request, told by where its file is and what it is exported as. */
export interface ExportedHandler {
  readonly file: RegExp;
  readonly name: RegExp;
  readonly what: string;
}

/** File conventions of frameworks, by their documentation. */
export const exportedHandlers: readonly ExportedHandler[] = [
  { file: /(^|\/)route\.[cm]?[jt]sx?$/, name: /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/, what: 'a route handler of Next.js' },
  { file: /(^|\/)\+server\.[jt]s$/, name: /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|fallback)$/, what: 'an endpoint of SvelteKit' },
  { file: /(^|\/)\+(page|layout)\.server\.[jt]s$/, name: /^(load|actions)$/, what: 'a loader of SvelteKit' },
  { file: /(^|\/)pages\/api\/.*\.[jt]sx?$/, name: /^(default|handler)$/, what: 'an API route of Next.js' },
  { file: /(^|\/)app\/.*(^|\/)(page|layout)\.[jt]sx$/, name: /^default$/, what: 'a server component of Next.js' },
  { file: /(^|\/)pages\/.*\.[jt]sx?$/, name: /^getServerSideProps$/, what: '`getServerSideProps`' },
  { file: /(^|\/)(app\/)?routes\/.*\.[jt]sx?$/, name: /^(loader|action)$/, what: 'a loader or action of a route' },
  { file: /./, name: /^create(Inner)?(TRPC)?Context(Inner)?$/, what: 'the context of tRPC, which is made for each request' },
];

/** Signs that a file runs on Cloudflare Workers, where a connection must not outlive the request that opened it. */
export const workersSigns =
  /\bHyperdrive\b|\bHYPERDRIVE\b|\.hyperdrive\b|cloudflare:|\bExportedHandler\b|\bCloudflareEnv\b|@cloudflare\/|\bgetCloudflareContext\b|\bgetRequestContext\b|platform\??\.env\b|\bc\.env\b|runtime\s*=\s*['"]edge['"]/;
