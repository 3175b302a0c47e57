// Prettier for AssemblyScript: `--write` formats assembly/**/*.ts; without it the command names what is not formatted and
// fails. Prettier's TypeScript parser refuses decorators on functions, so they travel as comments; and a `case` of one
// statement stays on one line, because dispatch tables are read as tables.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const DECORATOR = /^([ \t]*)(@\w+(?:\([^()\n]*\))?)[ \t]*\n?/gm;
const HIDDEN_DECORATOR = /^([ \t]*)\/\/(@\w+(?:\([^()\n]*\))?)$/gm;
const BARE_FLOAT = /(?<![\w.$])(\d+)\.(?![\w.])/g;

const isWriting = process.argv.includes('--write');
const unformatted = [];

process.chdir(new URL('..', import.meta.url).pathname);
const options = { ...(await resolveConfig('assembly/index.ts', { editorconfig: true })), parser: 'typescript' };
for (const name of readdirSync('assembly', { recursive: true }).sort()) {
  if (!name.endsWith('.ts')) continue;
  const path = `assembly/${name}`;
  const source = readFileSync(path, 'utf8');
  const formatted = await formatAssembly(source);
  if (formatted === source) continue;
  unformatted.push(path);
  if (isWriting) writeFileSync(path, formatted);
}
for (const path of unformatted)
  console.log(isWriting ? `${path} formatted` : `${path} is not formatted (npm run format)`);
if (!isWriting && unformatted.length) process.exitCode = 1;

async function formatAssembly(source) {
  const printed = await format(hideDecorators(spellFloats(source)), options);
  return joinSingleCases(printed.replace(HIDDEN_DECORATOR, '$1$2'));
}

function hideDecorators(text) {
  const hidden = text.replace(DECORATOR, '$1//$2\n');
  return hidden === text ? text : hideDecorators(hidden);
}

/** `5.` is a float in AssemblyScript; Prettier would print the integer `5`. */
function spellFloats(text) {
  return text.replace(/^(?!\s*(?:\*|\/\*)).*$/gm, (line) => {
    const [code] = line.split('//', 1);
    return code.replace(BARE_FLOAT, '$1.0') + line.slice(code.length);
  });
}

/** Puts `case X:`, one statement and perhaps `break;` on one line where they fit. */
function joinSingleCases(text) {
  const lines = text.split('\n');
  const result = [];
  for (let at = 0; at < lines.length; at++) {
    const body = /^ *(?:case .*|default):$/.test(lines[at]) ? bodyOf(lines, at) : [];
    const joined = [lines[at], ...body.map((line) => line.trim())].join(' ');
    const isSingle = body.length === 1 || (body.length === 2 && body[1].trim() === 'break;');
    const fits = isSingle && body.every((line) => /^\s*[^\s/].*;$/.test(line)) && joined.length <= options.printWidth;
    result.push(fits ? joined : lines[at]);
    if (fits) at += body.length;
  }
  return result.join('\n');
}

/** The lines after `at` that are indented deeper than it. */
function bodyOf(lines, at) {
  const indentOf = (line) => line.search(/\S/);
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => indentOf(line) <= indentOf(lines[at]));
  return rest.slice(0, end);
}
