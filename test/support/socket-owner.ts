import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Whether a process of this machine has the socket with this local port (IPv4, Linux): lets a proxy know who dials.
 * Source: proc_pid_net(5) for the columns of `tcp`, proc_pid_fd(5) for the names of sockets.
 */
export async function ownsPort(pid: number, port: number): Promise<boolean> {
  const inode = await inodeOf(port);
  if (inode === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.includes(`socket:[${inode}]`);
}

async function inodeOf(port: number): Promise<string | undefined> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const table = await readFile('/proc/net/tcp', 'utf8');
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.find((row) => row[1]?.endsWith(wanted) && row[9] !== '0')?.[9];
}
