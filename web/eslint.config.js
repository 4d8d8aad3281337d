import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// Data goes one way: each folder of src may import from those before it, and from nothing after.
const order = ['words', 'shell', 'api', 'file', 'review', 'save', 'queue', 'ui'];
const oneWay = order.map((folder, index) => ({
  files: [`src/${folder}/**/*.{ts,svelte}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: order.slice(index + 1).map((later) => ({
          group: [`**/${later}/*`],
          message: `${folder}/ comes before ${later}/: data goes one way.`,
        })),
      },
    ],
  },
}));

export default ts.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      // A Map that nothing on the screen reads need not be watched.
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  ...oneWay,
);
