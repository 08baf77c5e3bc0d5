/** What a package lets a program wait for that is not the database. */
export interface ExternalService {
  /** Names of packages, without `node:`; one that ends in `*` stands for all that begin like it. */
  readonly modules: readonly string[];
  /** Goes on with "waits for". */
  readonly waitsFor: string;
  /** Exports that wait when they are called. */
  readonly functions?: RegExp;
  /** Exports that make a client, or are the type of one. */
  readonly clients?: RegExp;
  /** Methods of the client that wait; any, where it is left out. */
  readonly methods?: RegExp;
}

const verbs = /^(default|request|get|delete|head|options|post|put|patch|(post|put|patch)Form)$/;

/** Only packages whose calls always leave the process; one that may answer from memory is not listed. */
const externalServices: readonly ExternalService[] = [
  { modules: ['axios'], waitsFor: 'an HTTP request', functions: verbs, clients: /^(create|Axios|AxiosInstance)$/, methods: verbs },
  { modules: ['got'], waitsFor: 'an HTTP request', functions: /^((default|got)\.)?(default|got|get|post|put|patch|head|delete)$/ },
  { modules: ['ky'], waitsFor: 'an HTTP request', functions: verbs, clients: /^(create|extend|KyInstance)$/, methods: verbs },
  { modules: ['undici'], waitsFor: 'an HTTP request', functions: /^(fetch|request)$/ },
  { modules: ['node-fetch', 'cross-fetch'], waitsFor: 'an HTTP request', functions: /^(default|fetch)$/ },
  // The check of a webhook's signature only computes.
  { modules: ['stripe'], waitsFor: 'Stripe', clients: /^(default|Stripe)$/, methods: /^(?!construct|generate)/ },
  { modules: ['openai'], waitsFor: 'OpenAI', clients: /^(default|OpenAI|AzureOpenAI)$/ },
  { modules: ['@anthropic-ai/sdk'], waitsFor: 'Anthropic', clients: /^(default|Anthropic)$/ },
  { modules: ['@google/genai'], waitsFor: 'a language model', clients: /^GoogleGenAI$/ },
  { modules: ['ai'], waitsFor: 'a language model', functions: /^(generateText|generateObject|embed|embedMany)$/ },
  { modules: ['resend'], waitsFor: 'a mail service', clients: /^Resend$/ },
  {
    modules: ['nodemailer'],
    waitsFor: 'a mail server',
    clients: /^(createTransport|Transporter|default\.Transporter)$/,
    methods: /^(sendMail|verify)$/,
  },
  { modules: ['@sendgrid/mail'], waitsFor: 'a mail service', functions: /^(send|sendMultiple)$/ },
  { modules: ['twilio'], waitsFor: 'Twilio', clients: /^(default|Twilio)$/ },
  { modules: ['@slack/web-api'], waitsFor: 'Slack', clients: /^WebClient$/ },
  { modules: ['octokit', '@octokit/rest'], waitsFor: 'GitHub', clients: /^Octokit$/ },
  { modules: ['@aws-sdk/client-*'], waitsFor: 'a service of AWS', clients: /^(S3|SQS|SNS|SES|SESv2|Lambda|DynamoDB|\w+Client)$/ },
  // The start of a pipeline sends nothing, and `exec` at its end is part of the same chain of calls.
  { modules: ['ioredis'], waitsFor: 'Redis', clients: /^(default|Redis|Cluster)$/ },
  { modules: ['redis', '@redis/client'], waitsFor: 'Redis', clients: /^(createClient|createCluster|RedisClientType)$/ },
  { modules: ['@upstash/redis'], waitsFor: 'Redis', clients: /^Redis(\.fromEnv)?$/ },
  { modules: ['bullmq'], waitsFor: 'Redis', clients: /^(Queue|FlowProducer)$/ },
  { modules: ['timers/promises'], waitsFor: 'a timer', functions: /^setTimeout$/ },
  { modules: ['execa'], waitsFor: 'another program', functions: /^(default|execa|execaCommand|execaNode)$/ },
  { modules: ['child_process'], waitsFor: 'another program', functions: /^promisify (exec|execFile)$/ },
];

/** The service that a module leads to. */
export function externalServiceOf(module: string): ExternalService | undefined {
  const name = module.replace(/^node:/, '');
  return externalServices.find(({ modules }) =>
    modules.some((candidate) => (candidate.endsWith('*') ? name.startsWith(candidate.slice(0, -1)) : name === candidate)),
  );
}
