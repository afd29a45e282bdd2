// The demo shop on a free port of loopback, with a data folder of its own that is gone afterwards.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const START_MS = 60_000;

/** The binary: `TASTEMAKER_BIN`, else the newest that cargo built here. */
async function binary() {
  if (process.env.TASTEMAKER_BIN) return process.env.TASTEMAKER_BIN;
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const built = await Promise.all(['release', 'debug'].map(async (profile) => {
    const path = join(target, profile, 'tastemaker');
    return { path, time: await stat(path).then(({ mtimeMs }) => mtimeMs, () => 0) };
  }));
  const newest = built.sort((a, b) => b.time - a.time)[0];
  if (!newest.time) throw new Error(`no tastemaker in ${target}: run cargo build first`);
  return newest.path;
}

/** Starts the demo; resolves with its `url`, how long it took (`ms`), and `stop`. */
export async function demo() {
  const data = await mkdtemp(join(tmpdir(), 'tastemaker-'));
  const started = performance.now();
  const child = spawn(await binary(), ['demo', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  // Nobody is left serving when the tests are ended from outside.
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  const url = await new Promise((ready, fail) => {
    const late = setTimeout(() => fail(new Error(`the demo is not ready after ${START_MS} ms:\n${said}`)), START_MS);
    const hear = (bytes) => {
      said += bytes;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found && said.includes('Ctrl-C')) {
        clearTimeout(late);
        ready(found[0]);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => fail(new Error(`the demo ended with ${code}:\n${said}`)));
  });
  const ms = performance.now() - started;
  const stop = async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { url, ms, stop };
}
