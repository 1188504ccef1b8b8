// Typed lint for all TypeScript; the rules of the house that a script can hold are in test/repo/.
import js from '@eslint/js'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'build-*/', '**/*.gen.ts'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'test/vm/kill/*.mjs', 'test/vm/*.cjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Tests and hooks hand async functions to callbacks that expect void on purpose.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      // An interface's async method need not await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['eslint.config.js', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly' } },
    ...tseslint.configs.disableTypeChecked,
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', require: 'readonly' } },
    rules: { ...tseslint.configs.disableTypeChecked.rules, '@typescript-eslint/no-require-imports': 'off' },
  },
)
