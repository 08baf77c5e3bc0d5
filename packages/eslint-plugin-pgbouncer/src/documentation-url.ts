import manifest from '../package.json' with { type: 'json' };

/** Where a hazard's page is: the package carries the pages of its own version, and this serves the files of published packages. */
export function documentationUrl(hazard: string): string {
  return `https://unpkg.com/${manifest.name}@${manifest.version}/docs/hazards/${hazard}.md`;
}
