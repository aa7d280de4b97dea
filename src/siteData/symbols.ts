// Cuts declarations out of the source by name, so that what the page shows is what the page runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface SourceSymbol {
  /** Path from the repository's root. */
  readonly path: string;
  readonly name: string;
  /** First and last line of the declaration, its comment included; from 1. */
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
  /** The line of it that matters most, and where it is; to be shown first. */
  readonly key?: { readonly text: string; readonly line: number };
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some((declaration) => declaration.name.getText() === name);
  }
  const named = statement as ts.Statement & { readonly name?: ts.Node };
  return named.name?.getText() === name;
}

/** A member of a class, for "AutoencoderKL.decode". */
function memberOf(statement: ts.Statement, member: string): ts.Node | undefined {
  if (!ts.isClassDeclaration(statement)) return undefined;
  return statement.members.find((candidate) => candidate.name?.getText() === member);
}

/**
 * The declarations that `references` name.
 * @param references "path/from/root.ts#name" or "path/from/root.ts#Class.member"; after ": " some code of the line that
 *   matters most
 * @throws when a file has no such declaration, or that no such line: the figure then shows code that is gone
 */
export function readSymbols(references: readonly string[], root = process.cwd()): SourceSymbol[] {
  return references.map((reference) => {
    const [place = '', ...code] = reference.split(': ');
    const [path, name] = place.split('#');
    if (path === undefined || name === undefined) {
      throw new Error(`Expected "path#name" or "path#name: code", got "${reference}".`);
    }
    const source = readFileSync(join(root, path), 'utf8');
    const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
    const [outer = '', member] = name.split('.');
    const statement = file.statements.find((candidate) => declares(candidate, outer));
    const node = member === undefined ? statement : statement && memberOf(statement, member);
    if (node === undefined) {
      throw new Error(`${path} declares no ${name}: name what the figure runs now, in its code drawer.`);
    }
    // The comment right above belongs to it; the file's own first line does not.
    const comments = ts.getLeadingCommentRanges(source, node.getFullStart()) ?? [];
    const above = comments.at(-1);
    const attached = above !== undefined && !/\n\s*\n/.test(source.slice(above.end, node.getStart()));
    const lineStart = source.lastIndexOf('\n', attached ? above.pos : node.getStart()) + 1;
    const text = source.slice(lineStart, node.getEnd());
    const line = file.getLineAndCharacterOfPosition(lineStart).line + 1;
    const key = keyOf(text, code.join(': '), line, place);
    return {
      path,
      name,
      line,
      endLine: file.getLineAndCharacterOfPosition(node.getEnd()).line + 1,
      text: dedent(text),
      ...(key && { key }),
    };
  });
}

/** The line of a declaration that has this code. */
function keyOf(text: string, code: string, first: number, place: string): SourceSymbol['key'] {
  if (code === '') return undefined;
  const lines = text.split('\n');
  const index = lines.findIndex((line) => line.includes(code));
  if (index < 0) throw new Error(`${place} has no line with ${code}: name the one that matters now.`);
  return { text: lines[index]!.trim(), line: first + index };
}

/** Moves a method to the left edge. */
function dedent(text: string): string {
  const margin = /^ */.exec(text)?.[0] ?? '';
  return text
    .split('\n')
    .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line))
    .join('\n');
}
