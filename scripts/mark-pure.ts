// Tells bundlers what may be left out. No module of the library does anything but define names (`sideEffects: false`), but
// bundlers hold a call or a spread in a definition for an effect, and one file of the package holds hundreds of modules.

import MagicString from 'magic-string';
import type { Options } from 'tsup';
import ts from 'typescript';

const PURE = '/*@__PURE__*/';

/** Whether evaluating it calls or spreads something; functions in it are not evaluated. */
function hasCall(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return true;
  if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node)) return true;
  return ts.forEachChild(node, (child) => hasCall(child) || undefined) ?? false;
}

/** `const a = f()` and `const a = { ...b }` of a chunk, marked as pure; namespaces (`__export(a, ...)`) become such definitions. */
export function markPure(code: string): MagicString {
  const text = new MagicString(code);
  const { statements } = ts.createSourceFile('chunk.js', code, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS);
  const startOf = (node: ts.Node) => node.pos + code.slice(node.pos, node.end).search(/\S/);
  const definitions = new Map<string, ts.Expression>();
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!initializer) continue;
        if (ts.isIdentifier(name)) definitions.set(name.text, initializer);
        if (ts.isCallExpression(initializer) || ts.isNewExpression(initializer)) {
          text.appendLeft(startOf(initializer), PURE);
        } else if (
          (ts.isObjectLiteralExpression(initializer) || ts.isArrayLiteralExpression(initializer)) &&
          hasCall(initializer)
        ) {
          text.appendLeft(startOf(initializer), `${PURE}(()=>(`).appendRight(initializer.end, '))()');
        }
      }
    }
    if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) continue;
    const { expression: callee, arguments: given } = statement.expression;
    const [target, members] = given;
    const definition = target && ts.isIdentifier(target) ? definitions.get(target.text) : undefined;
    if (!ts.isIdentifier(callee) || callee.text !== '__export' || !definition || !members) continue;
    const namespace = `${PURE}(()=>{let all={};__export(all,${code.slice(startOf(members), members.end)});return all})()`;
    text.overwrite(startOf(definition), definition.end, namespace).remove(startOf(statement), statement.end);
  }
  return text;
}

export const markPurePlugin: NonNullable<Options['plugins']>[number] = {
  name: 'mark-pure',
  renderChunk(code, { map, path }) {
    const marked = markPure(code);
    return { code: marked.toString(), map: map ? marked.generateMap({ source: path, hires: true }) : undefined };
  },
};
