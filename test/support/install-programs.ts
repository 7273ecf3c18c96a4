import { chromiumBinary } from './chromium.js';
import { findEtcdBinary } from './etcd-binary.js';

/** Installs what the suites need once, before they run side by side; what cannot be had is told by the suites. */
export default async function installPrograms(): Promise<void> {
  await findEtcdBinary();
  await chromiumBinary();
}
