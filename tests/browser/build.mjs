// Joins src/elements/tastemaker/*.js into src/elements/tastemaker.js, and Lit into src/elements/tastemaker/lit.js.
// `node build.mjs --check` writes nothing and fails where the files are not what the sources give.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
export const ELEMENTS = join(HERE, '../../src/elements');
/** The most bytes of the client and its elements, gzipped, without Lit. */
export const MOST_BYTES = 12 * 1024;

// Blanks in templates of CSS and HTML mean nothing more than one blank.
const thin = {
  name: 'thin-templates',
  setup: ({ onLoad }) => onLoad({ filter: /tastemaker[\\/][a-z]+\.js$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replace(/(css|html)`[^`$]*/g, (template) => template.replace(/\s+/g, ' ')),
    loader: 'js',
  })),
};

const common = { bundle: true, format: 'esm', minify: true, target: 'es2022', legalComments: 'inline', plugins: [thin], write: false, charset: 'utf8' };

/** The two modules: `[{file, text}]`. */
export async function built() {
  const joined = await build({
    ...common,
    entryPoints: [join(ELEMENTS, 'tastemaker/index.js')],
    outfile: join(ELEMENTS, 'tastemaker.js'),
    external: [join(ELEMENTS, 'tastemaker/lit.js')],
    banner: { js: '// Tastemaker in a page. Joined from src/elements/tastemaker by tests/browser/build.mjs; edit those.' },
  });
  const lit = await build({ ...common, entryPoints: [join(HERE, 'lit.entry.js')], outfile: join(ELEMENTS, 'tastemaker/lit.js') });
  return [joined, lit].map(({ outputFiles: [file] }) => ({ file: file.path, text: file.text }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  for (const { file, text } of await built()) {
    const size = gzipSync(text, { level: 9 }).length;
    console.log(`${file.slice(ELEMENTS.length + 1)}: ${text.length} bytes, ${size} gzipped`);
    if (!check) await writeFile(file, text);
    else if (text !== await readFile(file, 'utf8')) {
      console.error(`${file} is not what its sources give: run \`npm run build\` in tests/browser`);
      process.exitCode = 1;
    }
  }
}
