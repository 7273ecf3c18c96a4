import { findProgram } from './installed-program.js';

export const HOW_TO_GET_ETCD =
  'Install etcd (Debian: apt-get install etcd-server; macOS: brew install etcd; else https://etcd.io/docs/latest/install/) ' +
  'or name its binary in the environment variable ETCD_BIN';

/** Path of an etcd binary: `ETCD_BIN`, else from PATH, else installed by apt-get where this is root on Debian. */
export function findEtcdBinary(): Promise<string | undefined> {
  return findProgram({
    variable: 'ETCD_BIN',
    names: ['etcd'],
    package: 'etcd-server',
    // Keeps the package from starting its own etcd service, which would take port 2379.
    installWith: { RUNLEVEL: '1' },
  });
}
