import { defineConfig } from 'vitest/config';
import { fileURLToPath } from 'node:url';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests that count what happens in the whole process, or that end it. */
const COUNTING = [
  'test/integration/{*-cost,turn-recorder,unhandled-errors,cluster-membership,test-cluster-faults}.test.ts',
];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^nestjs-goverse$/, replacement: source('./src/index.ts') },
      { find: /^nestjs-goverse\/testing$/, replacement: source('./src/testing/index.ts') },
      { find: /^nestjs-goverse\/client$/, replacement: source('./src/client/index.ts') },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        // These leave nothing behind, so those of one worker share what they import: most of the time of a spec otherwise.
        test: {
          name: 'shared',
          isolate: false,
          include: ['{src,samples,test/chaos}/**/*.spec.ts', 'test/integration/**/*.test.ts'],
          exclude: COUNTING,
        },
      },
      { extends: true, test: { name: 'alone', include: ['test/e2e/**/*.test.ts', ...COUNTING] } },
    ],
    globalSetup: ['./test/support/install-programs.ts'],
    setupFiles: ['./test/setup.ts'],
    // What a test waits for comes late on a busy machine: these only end tests that hang.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Most tests wait for processes and sockets, so two files at a time also pay on two cores.
    maxWorkers: 2,
  },
});
