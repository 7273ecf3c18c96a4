const SETTINGS = /^(GOVERSE_|VITEST|NODE_OPTIONS$|NODE_ENV$|NO_COLOR$|FORCE_COLOR$)/;
/** What `npm run` tells its scripts; npm in another folder would believe it. */
const NPM = /^(npm_(package|lifecycle|command|execpath|node_execpath)|npm_config_local_prefix$|INIT_CWD$)/;

/** The environment for processes of tests: settings of whoever runs the tests must not reach them. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !SETTINGS.test(name) && !NPM.test(name));
  return { ...Object.fromEntries(names.map((name) => [name, process.env[name]])), NO_COLOR: '1' };
}
