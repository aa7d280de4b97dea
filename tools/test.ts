// `npm test`: every check of the project, one stage after the other, with a count at the end. `npm test -- unit e2e` runs some,
// `npm run test:quick` those that answer in three minutes.
import { spawn, spawnSync } from 'node:child_process';
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
  /** Not a part of the whole: what it asks, another stage asks too. */
  readonly partial?: boolean;
  /** Keeps one core busy and measures no time: runs beside its neighbours, and its output comes when it ends. */
  readonly beside?: boolean;
}

interface Row {
  readonly title: string;
  readonly seconds: number;
  readonly result: Count;
}

const shell = process.platform === 'win32';
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
  { name: 'types', title: 'Types', script: 'check:types', beside: true },
  { name: 'lint', title: 'Lint', script: 'lint:code', beside: true },
  { name: 'unused', title: 'Nothing that nobody uses', script: 'lint:unused', beside: true },
  { name: 'format', title: 'Format', script: 'format:check', beside: true },
  vitest('unit', 'Unit tests', false),
  vitest('components', 'Component tests: pieces of the kit in Chromium', true),
  vitest('package', 'The library as a package', false),
  vitest('device', 'Device tests: wasm in Node, WebGPU in Chromium', true),
  vitest('parity', 'Parity with the reference implementation', false),
  {
    name: 'e2e',
    title: 'End-to-end tests: the built site in Chromium',
    script: 'test:e2e',
    report: 'playwright',
    needsBrowser: true,
  },
  vitest('browsers', 'Smoke tests: the built site in Firefox and WebKit', false),
  {
    name: 'quick-lint',
    title: 'Lint, where something changed since the last time',
    script: 'lint:code',
    args: ['--cache', '--cache-strategy', 'content', '--cache-location', '.cache/eslint/'],
    beside: true,
    partial: true,
  },
  {
    name: 'figure',
    title: 'One figure, end to end',
    script: 'test:figure',
    report: 'playwright',
    needsBrowser: true,
    partial: true,
  },
];

/** What one runs between two thoughts. */
const QUICK = ['types', 'quick-lint', 'format', 'unit', 'figure'];

const wanted = process.argv.slice(2).flatMap((name) => (name === 'quick' ? QUICK : [name]));
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(
    `No stage "${unknown.join('", "')}". There are: ${stages.map((stage) => stage.name).join(', ')}.`,
  );
  process.exit(2);
}
const chosen = stages.filter(({ name, partial = false }) =>
  wanted.length === 0 ? !partial : wanted.includes(name),
);

const env: NodeJS.ProcessEnv = { ...process.env };

/** Runs a stage; its output goes to the terminal. */
async function run(stage: Stage): Promise<Count> {
  const file = reportFile(stage.name);
  rmSync(file, { force: true });
  const child = spawn('npm', ['run', '--silent', stage.script, '--', ...(stage.args ?? [])], {
    cwd: root,
    stdio: stage.beside === true ? 'pipe' : 'inherit',
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    shell,
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (stage.beside === true) console.log(`\n━━━ ${stage.title} ━━━\n${Buffer.concat(output).toString()}`);
  const text = stage.report !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  return count(stage.report, text, status === 0);
}

const noBrowser: Count = { passed: 0, failed: 1, notes: ['no browser'] };

/** Looks for the browser once, before the first stage that needs it. */
function findBrowser(): boolean {
  try {
    env['CHROMIUM'] = findOrInstallBrowser(console.log);
    console.log(`Chromium: ${env['CHROMIUM']}`);
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

async function timed(stage: Stage, result: () => Promise<Count>): Promise<Row> {
  const started = performance.now();
  return { title: stage.title, result: await result(), seconds: (performance.now() - started) / 1000 };
}

mkdirSync(reports, { recursive: true });
const together = chosen.filter(({ beside }) => beside === true);
// What Astro generates, types and linter both read: made once, before them.
if (together.length > 0)
  spawnSync('npm', ['run', '--silent', 'sync'], { cwd: root, stdio: 'inherit', shell });
const rows: Row[] = await Promise.all(together.map((stage) => timed(stage, () => run(stage))));
let browser: boolean | undefined;
for (const stage of chosen.filter(({ beside }) => beside !== true)) {
  console.log(`\n━━━ ${stage.title} ━━━`);
  if (stage.needsBrowser === true) browser ??= findBrowser();
  rows.push(
    await timed(stage, async () =>
      stage.needsBrowser === true && browser === false ? noBrowser : run(stage),
    ),
  );
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
