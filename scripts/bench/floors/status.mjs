// The least that any tool takes which must know that no file has changed: walks a folder and asks for the status of each.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

walk(process.argv[2]);

function walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path);
    else statSync(path);
  }
}
