import { existsSync } from 'node:fs';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The views of the playground have types only where its packages are installed: by `npm run example:playground`. */
const views = existsSync('examples/playground/node_modules') ? ['examples/playground/**/*.tsx'] : [];

export default defineConfig(
  { ignores: ['build/', 'dist/', 'coverage/', 'reports/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: {
      globals: Object.fromEntries(
        ['Buffer', 'URL', 'WebAssembly', 'console', 'performance', 'process'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['{bindings,tests,bench,examples,platforms}/**/*.ts', '*.config.ts', ...views],
    extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Numbers and shapes in messages are the rule here, not an accident.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowArray: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Rules, layers and callbacks are records of functions in method syntax, often destructured; they use no `this`.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: [
      '{bench,examples,platforms}/**/*.ts',
      'bindings/executors/workerCommand.ts',
      'tests/kill/main.ts',
      'tests/selection/faults.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // No floating-point function of the host and no code from strings: the same bits everywhere, under any CSP.
    files: ['bindings/**/*.ts'],
    rules: {
      'no-eval': 'error',
      'no-implied-eval': 'off',
      '@typescript-eslint/no-implied-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    // AssemblyScript: what can be seen without types, because asc is what checks them.
    files: ['assembly/**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { allowInvalidAST: true } },
    rules: {
      // `<u32>x` and a number's written type are what AssemblyScript is made of.
      '@typescript-eslint/consistent-type-assertions': 'off',
      '@typescript-eslint/no-inferrable-types': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-undef': 'off',
      'no-unused-vars': 'off',
    },
  },
);
