// The least that any tool takes which reads every file: walks a folder and reads, and does nothing with what it reads.
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const buffer = Buffer.allocUnsafe(64 << 20);
walk(process.argv[2]);

function walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path);
    else read(path);
  }
}

function read(path) {
  const file = openSync(path, 'r');
  readSync(file, buffer, 0, buffer.length, 0);
  closeSync(file);
}
