// ESLint rule `noisebook/imports`: holds the one-way imports of tools/lint/layers.ts.
import { dirname, join, relative, sep } from 'node:path';
import type { Rule } from 'eslint';
import { checkImport } from './layers.ts';

interface ImportNode {
  readonly type: string;
  readonly source?: { readonly value?: unknown } | null;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly specifiers?: readonly { readonly importKind?: string; readonly exportKind?: string }[];
}

const isTypeOnly = (node: ImportNode): boolean =>
  node.importKind === 'type' ||
  node.exportKind === 'type' ||
  node.type === 'TSImportType' ||
  (node.specifiers !== undefined &&
    node.specifiers.length > 0 &&
    node.specifiers.every((s) => s.importKind === 'type' || s.exportKind === 'type'));

export const importsRule: Rule.RuleModule = {
  meta: { type: 'problem', schema: [], docs: { description: 'Imports go one way through the house.' } },
  create(context) {
    const root = context.cwd;
    // A script inside an .astro file is linted as a file below it ("page.astro/1.ts"): its layer is the page's.
    const file = context.physicalFilename;
    const from = relative(root, file).split(sep).join('/');

    const check = (node: Rule.Node): void => {
      const imported = node as unknown as ImportNode;
      const source = imported.source?.value;
      if (typeof source !== 'string') return;
      const isPackage = !source.startsWith('.');
      const bare = source.replace(/[?#].*$/, '');
      const to = isPackage
        ? bare
        : relative(root, join(dirname(file), bare))
            .split(sep)
            .join('/');
      const message = checkImport(from, to, { isPackage, typeOnly: isTypeOnly(imported) });
      if (message !== undefined) context.report({ node, message });
    };

    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
