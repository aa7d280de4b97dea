// The worked examples of docs/ARCHITECTURE.md compile, each as the file that its first line names.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
const examples = new Map(
  [...text.matchAll(/```ts\n\/\/ (src\/\S+)\n(.*?)```/gs)].map(([, path, code]) => [
    join(root, path!),
    code!,
  ]),
);

/** What the project's compiler says of these files, as if they were there. */
function complaints(files: ReadonlyMap<string, string>): string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const ours: ts.CompilerHost = {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path) ?? host.readFile(path),
    getSourceFile: (path, ...rest) => {
      const code = files.get(path);
      return code === undefined
        ? host.getSourceFile(path, ...rest)
        : ts.createSourceFile(path, code, { languageVersion: ts.ScriptTarget.ESNext });
    },
  };
  const names = [...files.keys(), join(root, 'src/astro.d.ts')];
  const program = ts.createProgram(names, { ...options, noEmit: true }, ours);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
    );
  });
}

it('there is a figure, a job in two places, a sampler, and none of them is a file of the project', () => {
  expect([...examples.keys()].map((path) => path.slice(root.length + 1))).toEqual([
    'src/components/figures/9.9-brightness/figure.ts',
    'src/engine/protocol/exampleJobs.ts',
    'src/engine/worker/jobs/spread.ts',
    'src/lib/ldm/samplers/eulerAncestral.ts',
  ]);
  expect([...examples.keys()].filter((path) => existsSync(path))).toEqual([]);
});

it('they compile', { timeout: 120_000 }, () => {
  expect(complaints(examples)).toEqual([]);
});

it('the compiler would say so if they did not', { timeout: 120_000 }, () => {
  const [path, code] = [...examples][3]!;
  expect(complaints(new Map([[path, code.replace('predX0, predNoise };', 'predX0 };')]]))).not.toEqual([]);
});
