// The audit finds the staged lines itself: it is handed no file names, so that tests and generated files stay left out.
export default {
  '*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,sql}': () => 'pgbouncer-audit --staged',
};
