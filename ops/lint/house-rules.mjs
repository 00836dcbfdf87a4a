// The house's own lint rules: a header a file, names of the form noun.role.ts, process.env in one place.
import { basename } from 'node:path';

/** The first line says what the file is for. */
const header = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'Begin with one line that says what this file is for: `// …`.' } },
  create: (context) => ({
    Program(node) {
      const text = context.sourceCode.getText().replace(/^#!.*\n/, '');
      if (!/^(\/\/ |\/\*\* )\S/.test(text)) context.report({ node, loc: { line: 1, column: 0 }, messageId: 'missing' });
    },
  }),
};

/** `noun.role.ts` in kebab-case; no index, no utils. */
const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      form: '{{name}}: files are named noun.role.ts, in kebab-case.',
      vague: '{{name}}: say what it is; index and utils say nothing.',
    },
  },
  create: (context) => ({
    Program(node) {
      const name = basename(context.filename);
      const loc = { line: 1, column: 0 };
      if (/^(index|utils?|helpers?)\./.test(name)) context.report({ node, loc, messageId: 'vague', data: { name } });
      else if (!/^\d*[a-z0-9-]+(\.[a-z0-9-]+)*\.(ts|mjs|cjs)$/.test(name)) context.report({ node, loc, messageId: 'form', data: { name } });
    },
  }),
};

/** Reading `process.env`; setting a variable for a library is not reading. */
const noEnvironment = {
  meta: { type: 'problem', schema: [], messages: { read: 'Only kernel/base/config.ts reads process.env: take what you need from Config.' } },
  create: (context) => ({
    MemberExpression(node) {
      const name = node.computed ? node.property.value : node.property.name;
      if (node.object.type !== 'Identifier' || node.object.name !== 'process' || name !== 'env') return;
      const { parent } = node;
      const isSet = parent.type === 'MemberExpression' && parent.object === node && parent.parent.type === 'AssignmentExpression' && parent.parent.left === parent;
      if (!isSet) context.report({ node, messageId: 'read' });
    },
    VariableDeclarator(node) {
      if (node.id.type === 'ObjectPattern' && node.init?.type === 'Identifier' && node.init.name === 'process') context.report({ node, messageId: 'read' });
    },
    ImportDeclaration(node) {
      if (/^(node:)?process$/.test(node.source.value)) context.report({ node, messageId: 'read' });
    },
  }),
};

export const house = { meta: { name: 'house' }, rules: { header, 'file-name': fileName, 'no-environment': noEnvironment } };
