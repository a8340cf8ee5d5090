// The walls of the house: a component draws, a hook subscribes, `sync/` decides. Features do not know each other,
// `ui/` knows no feature, and nothing but `api/`, `sync/` and the upload's own modules talks to the network.

import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const features = [
  'auth', 'channel', 'chat', 'home', 'invite', 'jobs', 'library', 'members', 'player', 'presence', 'queue', 'settings', 'upload',
];

/** Features that others may use, with their reason: a page that is put together from panels, dialogs and a tray. */
const mayUse = {
  channel: ['player', 'chat', 'presence', 'queue', 'members', 'upload', 'library'],
  library: ['upload', 'player'],
  settings: ['auth'],
};

const networkGlobals = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((name) => ({
  name,
  message: 'A component draws and a hook subscribes. Talk to the server in api/ or sync/.',
}));

const wallsOf = (feature) => {
  const closed = features.filter((other) => other !== feature && !(mayUse[feature] ?? []).includes(other));
  return {
    files: [`src/features/${feature}/**/*.{ts,tsx}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', {
        patterns: [
          {
            regex: `^(@/features/|\\.\\./)(${closed.join('|')})(/|$)`,
            message: 'Features do not import each other. Move the shared noun to ui/, api/, sync/ or app/.',
          },
          { regex: '(^@/app/|^(\\.\\./)+app/)(routes|router|main)', message: 'A feature does not know the routes file.' },
        ],
      }],
      'no-restricted-globals': ['error', ...networkGlobals],
    },
  };
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'public', 'src/protocol', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      'no-eval': 'error',
      'no-restricted-syntax': ['error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Text is shown as text.' },
        { selector: "MemberExpression[property.name='randomUUID']", message: 'Missing on plain HTTP: use newId of sync/ids.' },
        { selector: "MemberExpression[property.name='subtle']", message: 'Missing on plain HTTP: use platform/hash.' },
      ],
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['src/**/*.tsx', 'src/**/use-*.ts'],
    plugins: { 'react-hooks': reactHooks },
    rules: { ...reactHooks.configs.recommended.rules },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', {
        patterns: [{ regex: '(^@/|^(\\.\\./)+)(features|app|api|sync)(/|$)', message: 'ui/ knows tokens, words and nothing else.' }],
      }],
      'no-restricted-globals': ['error', ...networkGlobals],
    },
  },
  {
    files: ['src/app/**/*.tsx'],
    rules: { 'no-restricted-globals': ['error', ...networkGlobals] },
  },
  ...features.map(wallsOf),
  // The one module of the upload that talks to the server.
  { files: ['src/features/upload/part-requests.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**', 'src/test-setup.ts', '*.config.{ts,js}'],
    languageOptions: { globals: { ...globals.node } },
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/require-await': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  { files: ['*.config.js'], ...tseslint.configs.disableTypeChecked },
);
