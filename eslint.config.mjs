/** What happens inside a file. Who may import whom is not judged here but by dependency-cruiser (tools/check/layers.mjs). */
import tseslint from 'typescript-eslint';
import { explainSuppression } from './tools/check/explain-suppression.mjs';
import { pureGlobs } from './tools/check/layers.mjs';

const specs = ['**/*.spec.ts', '**/*.fixture.ts', '**/testing/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'];

const budget = {
  'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }],
  'max-params': ['error', 4],
  // `modified`: a flat switch counts once; it is a table, and reads like one.
  complexity: ['error', { max: 10, variant: 'modified' }],
  'max-depth': ['error', 4],
};

const soundness = {
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-empty': ['error', { allowEmptyCatch: false }],
  'no-control-regex': 'error',
  'no-cond-assign': 'error',
  'no-constant-condition': ['error', { checkLoops: false }],
  'no-dupe-else-if': 'error',
  'no-eval': 'error',
  'no-loss-of-precision': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unreachable': 'error',
  'no-unsafe-finally': 'error',
  'no-useless-escape': 'error',
  'no-implied-eval': 'error',
  'no-console': 'off',
  'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } }],
  'house/explain-suppression': 'error',
};

const typed = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
  '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description', 'ts-ignore': true, 'ts-nocheck': true, minimumDescriptionLength: 10 }],
};

const clock = 'Take the injected Clock (now).';
const timer = 'Take the injected Clock (sleep).';
const pureBans = {
  'no-restricted-globals': ['error',
    { name: 'fetch', message: "Take the host's fetch, or a port." },
    { name: 'setTimeout', message: timer }, { name: 'setInterval', message: timer }, { name: 'setImmediate', message: timer },
    { name: 'performance', message: clock },
  ],
  'no-restricted-properties': ['error',
    { object: 'process', property: 'env', message: 'Configuration is read by the application and handed in.' },
    { object: 'process', property: 'hrtime', message: clock },
    { object: 'Date', property: 'now', message: clock },
    { object: 'Math', property: 'random', message: 'Take randomUUID of node:crypto, or a number that is handed in.' },
    { object: 'DateTime', property: 'now', message: 'DateTime.fromMillis(clock.now(), { zone }).' },
    { object: 'DateTime', property: 'local', message: 'DateTime.fromMillis(clock.now(), { zone }).' },
    { object: 'DateTime', property: 'utc', message: "DateTime.fromMillis(clock.now(), { zone: 'utc' })." },
    { object: 'globalThis', property: 'fetch', message: "Take the host's fetch, or a port." },
  ],
  'no-restricted-syntax': ['error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: clock },
    { selector: "CallExpression[callee.name='Date']", message: clock },
  ],
};

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', '.eb/**', 'openapi/types.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, plugins: { house: { rules: { 'explain-suppression': explainSuppression } } } },
  {
    files: ['**/*.ts'],
    ignores: ['*.config.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: { ...budget, ...soundness, ...typed },
  },
  { files: ['**/*.mjs', '**/*.cjs'], rules: { ...budget, ...soundness } },
  { files: pureGlobs, ignores: specs, rules: pureBans },
  // A model that a property is held against is best read in one piece.
  { files: specs, rules: { 'max-lines-per-function': ['error', { max: 250 }], complexity: ['error', { max: 20, variant: 'modified' }], '@typescript-eslint/no-non-null-assertion': 'off' } },
  { files: ['*.config.mjs', '.*.mjs', '**/*.config.ts', '**/global-setup.ts'], rules: { 'no-restricted-exports': 'off' } },
);
