import manifest from '../package.json' with { type: 'json' };

/** Where a hazard's page is, as of the version of this package. */
export function documentationUrl(hazard: string): string {
  const repository = manifest.repository.url.replace(/^git\+|\.git$/g, '');
  return `${repository}/blob/v${manifest.version}/docs/hazards/${hazard}.md`;
}
