// The import table of ARCHITECTURE.md, as rules. `npm run layers` checks it, cycles and type-only imports included.
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('domain-is-pure', '^src/domain/', ['^src/domain/']),
    only('application-knows-domain-only', '^src/application/', ['^src/domain/', '^src/application/']),
    {
      name: 'adapters-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'adapters-know-the-inner-layers-only',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/(embedded|cli|main)' },
    },
    {
      name: 'embedded-knows-domain-value-types-only',
      severity: 'error',
      from: { path: '^src/embedded/' },
      to: { path: '^src/(application|adapters|config|cli|main)' },
    },
    {
      name: 'config-knows-domain-only',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/(application|adapters|embedded|cli|main)' },
    },
    { name: 'source-does-not-know-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'no-orphan-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^build' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
