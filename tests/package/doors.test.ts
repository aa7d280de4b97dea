// The public names of each of the library's doors, types too. A change here is a change for everybody who uses it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import ts from 'typescript';

const library = join(import.meta.dirname, '../../src/lib/ldm');
const { exports: doors } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};
const entries = Object.entries(doors).filter(([, file]) => file.endsWith('.ts'));

const { config } = ts.readConfigFile(join(library, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
  config: { compilerOptions: object };
};
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, library);
const program = ts.createProgram(
  entries.map(([, file]) => join(library, file)),
  { ...options, types: ['node', '@webgpu/types'] },
);
const checker = program.getTypeChecker();

/** Names of values, and those of types with the word before them. */
function namesOf(file: string): string[] {
  const source = program.getSourceFile(join(library, file));
  const symbol = source && checker.getSymbolAtLocation(source);
  if (symbol === undefined) throw new Error(`${file} exports nothing`);
  return checker
    .getExportsOfModule(symbol)
    .map((each) => {
      const target = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      return target.flags & ts.SymbolFlags.Value ? each.name : `type ${each.name}`;
    })
    .sort();
}

test('every door leads to the house’s TypeScript', () => {
  // After a packing that was interrupted: node tools/packLibrary.ts postpack
  expect(entries.map(([door]) => door)).toEqual([
    '.',
    './numbers',
    './recipe',
    './zip',
    './backend',
    './training',
    './node',
  ]);
});

test.each(entries)('%s', async (door, file) => {
  const name = door === '.' ? 'ldm' : door.slice('./'.length);
  await expect(`${namesOf(file).join('\n')}\n`).toMatchFileSnapshot(`names/${name}.txt`);
});

test('the front door has what the others have, but for Node', () => {
  const front = new Set(namesOf('./index.ts'));
  for (const [door, file] of entries) {
    if (door === './node') continue;
    expect(
      namesOf(file).filter((name) => !front.has(name)),
      door,
    ).toEqual([]);
  }
});

test('the doors without tensors load no TensorFlow.js', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    for (const statement of source.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      const isType = ts.isImportDeclaration(statement)
        ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : statement.isTypeOnly;
      if (isType || statement.moduleSpecifier === undefined) continue;
      const { text } = statement.moduleSpecifier as ts.StringLiteral;
      if (text.startsWith('.')) visit(join(file, '..', text));
      else expect(text, file).not.toMatch(/tensorflow/);
    }
  };
  for (const file of ['numbers.ts', 'recipe/index.ts', 'zip.ts']) visit(join(library, file));
  expect(seen.size).toBeGreaterThan(40);
});
