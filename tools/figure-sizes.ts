// What each figure costs, in files and lines: its folder, its tests, what records it. `node tools/figure-sizes.ts`
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const list = (folder: string): string[] =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => join(folder, name)) : [];
const lines = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + readFileSync(join(root, path), 'utf8').split('\n').length - 1, 0);

const folders = readdirSync(join(root, 'src/components/figures'))
  .filter((name) => /^\d+\.\d+-/.test(name))
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

const rows = folders.map((folder) => {
  const number = folder.slice(0, folder.indexOf('-'));
  const slug = number.replace('.', '-');
  const own = list(`src/components/figures/${folder}`);
  const tests = ['tests/e2e/figures', 'tests/unit/figures']
    .flatMap(list)
    .filter((path) => path.split('/').at(-1)!.startsWith(`${number}-`));
  const recorder = list('tools/record').filter((path) => path.endsWith(`/${slug}.ts`));
  return {
    number,
    files: own.length + recorder.length,
    source: lines([...own, ...recorder]),
    tests: lines(tests),
  };
});

console.log('| figure | files | lines | of tests | in all |\n| --- | ---: | ---: | ---: | ---: |');
for (const { number, files, source, tests } of rows) {
  console.log(`| ${number} | ${files} | ${source} | ${tests} | ${source + tests} |`);
}
const mean = rows.reduce((sum, { source, tests }) => sum + source + tests, 0) / rows.length;
console.log(`\nMean of ${rows.length}: ${mean.toFixed(0)} lines, tests included.`);
