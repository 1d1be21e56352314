import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Every folder of src and the folders it may import from (src/README.md says why). */
const ALLOWED = {
  core: [],
  backbone: ['core'],
  gpu: ['core'],
  engine: ['core', 'backbone', 'gpu'],
  inference: ['core', 'backbone', 'gpu'],
  agent: ['core', 'backbone', 'inference'],
  training: ['core', 'backbone', 'gpu', 'engine', 'inference', 'agent'],
  lab: ['core', 'backbone', 'gpu', 'engine', 'inference', 'agent', 'training'],
  worker: ['core', 'backbone', 'gpu', 'engine', 'inference', 'agent', 'training', 'lab'],
  replay: ['core', 'lab'],
  ui: ['core'],
  charts: ['core', 'ui'],
  state: ['core', 'backbone', 'agent', 'training', 'lab', 'worker', 'replay'],
  features: ['core', 'backbone', 'agent', 'training', 'lab', 'worker', 'replay', 'state', 'charts', 'ui'],
};

const zones = Object.entries(ALLOWED).flatMap(([folder, allowed]) =>
  Object.keys(ALLOWED)
    .filter((other) => other !== folder && !allowed.includes(other))
    .map((other) => ({
      target: `./src/${folder}`,
      from: `./src/${other}`,
      message: `src/${folder} may import from: ${allowed.join(', ') || 'nothing'} (src/README.md).`,
    })),
);

export default tseslint.config(
  { ignores: ['dist', 'out', 'node_modules', 'tools/backbone', 'public', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', 'tools/*.mjs', 'tools/lib/*.mjs'] }, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/consistent-type-assertions': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
  { files: ['tools/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.mjs', '*.js'], ...tseslint.configs.disableTypeChecked, languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly', fetch: 'readonly' } } },
);
