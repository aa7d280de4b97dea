// `npm test`: every check of the project, one stage after the other, with a count at the end. `npm test -- unit e2e` runs some.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findOrInstallBrowser } from './lib/browser.ts';
import { count, type Count, summaryLine, type Report } from './lib/testCount.ts';

interface Stage {
  readonly name: string;
  readonly title: string;
  /** The npm script, and what it is given. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly report?: Report;
  readonly needsBrowser?: boolean;
}

const root = join(import.meta.dirname, '..');
const reports = join(root, '.cache/test');
const reportFile = (name: string): string => join(reports, `${name}.json`);
const vitest = (name: string, title: string, needsBrowser: boolean): Stage => ({
  name,
  title,
  script: `test:${name}`,
  args: ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile(name)}`],
  report: 'vitest',
  needsBrowser,
});

const stages: readonly Stage[] = [
  { name: 'types', title: 'Types', script: 'check' },
  { name: 'lint', title: 'Lint', script: 'lint' },
  { name: 'format', title: 'Format', script: 'format:check' },
  vitest('unit', 'Unit tests', false),
  vitest('device', 'Device tests: wasm in Node, WebGPU in Chromium', true),
  vitest('parity', 'Parity with the reference implementation', false),
  {
    name: 'e2e',
    title: 'End-to-end tests: the built site in Chromium',
    script: 'test:e2e',
    report: 'playwright',
    needsBrowser: true,
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(
    `No stage "${unknown.join('", "')}". There are: ${stages.map((stage) => stage.name).join(', ')}.`,
  );
  process.exit(2);
}
const chosen = stages.filter((stage) => wanted.length === 0 || wanted.includes(stage.name));

const env: NodeJS.ProcessEnv = { ...process.env };

/** Runs a stage; its output goes to the terminal. */
function run(stage: Stage): Count {
  const file = reportFile(stage.name);
  rmSync(file, { force: true });
  const { status } = spawnSync('npm', ['run', '--silent', stage.script, '--', ...(stage.args ?? [])], {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    shell: process.platform === 'win32',
  });
  const text = stage.report !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  return count(stage.report, text, status === 0);
}

mkdirSync(reports, { recursive: true });
const rows: { title: string; seconds: number; result: Count }[] = [];
let browserFailed = false;

for (const stage of chosen) {
  console.log(`\n━━━ ${stage.title} ━━━`);
  const started = performance.now();
  let result: Count;
  try {
    if (stage.needsBrowser === true && !browserFailed) {
      browserFailed = true;
      env['CHROMIUM'] = findOrInstallBrowser(console.log);
      browserFailed = false;
      console.log(`Chromium: ${env['CHROMIUM']}`);
    }
    result =
      browserFailed && stage.needsBrowser === true
        ? { passed: 0, failed: 1, notes: ['no browser'] }
        : run(stage);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    result = { passed: 0, failed: 1, notes: ['no browser'] };
  }
  rows.push({ title: stage.title, seconds: (performance.now() - started) / 1000, result });
}

console.log('\n━━━ Summary ━━━');
for (const { title, seconds, result } of rows) {
  const notes = result.notes.length > 0 ? `  (${result.notes.join(', ')})` : '';
  const verdict = result.failed === 0 ? 'ok    ' : 'FAILED';
  console.log(`${verdict} ${title}: ${summaryLine(result)}, ${seconds.toFixed(0)} s${notes}`);
}
const total = rows.reduce(
  (sum, { result }) => ({ passed: sum.passed + result.passed, failed: sum.failed + result.failed }),
  { passed: 0, failed: 0 },
);
console.log(`\n${summaryLine(total)}`);
process.exit(total.failed === 0 ? 0 : 1);
