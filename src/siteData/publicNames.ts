// The public names of the library with what their comments say, read from the sources behind its doors.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const LIBRARY = 'src/lib/ldm';

export interface PublicName {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'type' | 'value';
  /** The comment above it, without its stars; '' where there is none. */
  readonly about: string;
  /** Its declaration: functions without bodies, classes without what is private. */
  readonly code: string;
  /** Of its file, from the repository's root. */
  readonly path: string;
  readonly line: number;
}

export interface Door {
  /** What is imported: '@noisebook/ldm/numbers'. */
  readonly door: string;
  readonly about: string;
  /** Sorted; those that an earlier door has too are left out. */
  readonly names: readonly PublicName[];
}

function parse(path: string, root: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
}

/** Text of a JSDoc or line comment above a node. */
function commentOf(file: ts.SourceFile, node: ts.Node): string {
  const above = ts.getLeadingCommentRanges(file.text, node.getFullStart())?.at(-1);
  if (above === undefined || /\n\s*\n/.test(file.text.slice(above.end, node.getStart()))) return '';
  return file.text
    .slice(above.pos, above.end)
    .replace(/^\/\*\*?|\*\/$/g, '')
    .replace(/^\s*(\*|\/\/) ?/gm, '')
    .trim();
}

/** A declaration up to its body. */
function head(file: ts.SourceFile, node: ts.Node & { readonly body?: ts.Node | undefined }): string {
  const end = node.body?.getStart() ?? node.getEnd();
  return `${file.text.slice(node.getStart(), end).trim().replace(/;$/, '')};`;
}

const isHidden = (member: ts.ClassElement): boolean =>
  (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
  (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;

/** A class with its public members, each below its comment. */
function classCode(file: ts.SourceFile, node: ts.ClassDeclaration): string {
  const begin = file.text.slice(node.getStart(), node.members.pos).trim();
  const members = node.members
    .filter((member) => !isHidden(member))
    .map((member) => {
      const comment = ts.getLeadingCommentRanges(file.text, member.getFullStart())?.at(-1);
      const above = comment === undefined ? '' : `  ${file.text.slice(comment.pos, comment.end)}\n`;
      const inside = member as ts.ClassElement & { readonly body?: ts.Node };
      return `${above}  ${head(file, inside)}`;
    });
  return `${[begin, ...members].join('\n')}\n}`;
}

function declarationOf(file: ts.SourceFile, name: string): PublicName | undefined {
  for (const node of file.statements) {
    const found = (kind: PublicName['kind'], code: string): PublicName => {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const plain = code.replace(/^export (async )?/, '');
      return { name, kind, about: commentOf(file, node), code: plain, path: file.fileName, line };
    };
    if (ts.isFunctionDeclaration(node) && node.name?.text === name)
      return found('function', head(file, node));
    if (ts.isClassDeclaration(node) && node.name?.text === name) return found('class', classCode(file, node));
    if ((ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name)
      return found('type', node.getText());
    if (ts.isVariableStatement(node)) {
      const list = node.declarationList.declarations;
      if (list.some((each) => each.name.getText() === name)) return found('value', node.getText());
    }
  }
  return undefined;
}

/** What a module exports under which names: declared in it, handed on by name, or all of another module. */
function exportsOf(path: string, root: string, only?: string): PublicName[] {
  const file = parse(path, root);
  if (only !== undefined) {
    const own = declarationOf(file, only);
    if (own !== undefined) return [own];
  }
  return file.statements.flatMap((node): PublicName[] => {
    if (!ts.isExportDeclaration(node)) {
      const isExported =
        ts.canHaveModifiers(node) && ts.getModifiers(node)?.[0]?.kind === ts.SyntaxKind.ExportKeyword;
      const { name } = node as ts.Statement & { readonly name?: ts.Identifier };
      const own = only === undefined && isExported && name ? declarationOf(file, name.text) : undefined;
      return own === undefined ? [] : [own];
    }
    if (node.moduleSpecifier === undefined) return [];
    const from = join(dirname(path), (node.moduleSpecifier as ts.StringLiteral).text);
    if (node.exportClause === undefined) return exportsOf(from, root, only);
    if (!ts.isNamedExports(node.exportClause)) return [];
    return node.exportClause.elements
      .filter(({ name }) => only === undefined || name.text === only)
      .flatMap(({ name, propertyName }) =>
        exportsOf(from, root, (propertyName ?? name).text).map((found) => ({ ...found, name: name.text })),
      );
  });
}

/**
 * All doors, those of a few names first, so that the front door lists what only it has.
 * @throws when a door hands on a name that is declared nowhere
 */
export function publicNames(root = process.cwd()): readonly Door[] {
  const { name: packageName, exports: doors } = JSON.parse(
    readFileSync(join(root, LIBRARY, 'package.json'), 'utf8'),
  ) as { name: string; exports: Record<string, string> };
  const order = ['./recipe', './zip', './backend', './training', './numbers', './node', '.'];
  const seen = new Set<string>();
  const read = order.map((door): Door => {
    const path = join(LIBRARY, doors[door] ?? '');
    const names = exportsOf(path, root).filter(({ name }) => !seen.has(name));
    for (const { name } of names) seen.add(name);
    const file = parse(path, root);
    return {
      door: packageName + door.slice(1),
      about: /^\/\/ (.*)/.exec(file.text)?.[1] ?? '',
      names: names.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  });
  return read.reverse();
}
