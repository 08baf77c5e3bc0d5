/** The drivers whose behaviour on the wire is in a table. */
export type DriverId = 'pg' | 'postgres.js' | 'drizzle' | 'neon';
