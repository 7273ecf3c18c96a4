import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import protobuf from 'protobufjs';
import { goverseError } from './errors.js';

/** The protobuf messages an application registered with `forRoot({ protobuf })`. */
export class MessageRegistry {
  private constructor(private readonly roots: readonly protobuf.Root[]) {}

  /**
   * Reads `.proto` files and takes protobufjs roots. Imports are looked for beside the importing file, then beside each
   * given file, then in the working directory; `google/protobuf/*.proto` are known. Field names are lowerCamelCase in
   * files read here; a given root keeps its own. Throws `INVALID_ARGUMENT` naming the files.
   */
  static load(sources: readonly (string | protobuf.Root)[]): MessageRegistry {
    const files = sources.filter((source) => typeof source === 'string');
    const given = sources.filter((source) => typeof source !== 'string');
    for (const root of given) root.resolveAll();
    return new MessageRegistry(files.length > 0 ? [...given, readFiles(files)] : given);
  }

  /** The registered message type of that full name, e.g. `chat.JoinArgs`. */
  find(fullName: string): protobuf.Type | undefined {
    for (const root of this.roots) {
      const found = root.lookup(fullName, [protobuf.Type]);
      if (found instanceof protobuf.Type && found.fullName === `.${fullName}`) return found;
    }
    return undefined;
  }

  /** Full names of all registered messages, sorted: for error messages. */
  names(): string[] {
    return [...new Set(this.roots.flatMap((root) => typesIn(root)).map((type) => type.fullName.slice(1)))].toSorted();
  }
}

function readFiles(files: readonly string[]): protobuf.Root {
  const root = new protobuf.Root();
  const folders = [...files.map((file) => dirname(resolve(file))), process.cwd()];
  root.resolvePath = (origin, target) => {
    const own = origin === '' ? process.cwd() : dirname(origin);
    const candidates = [own, ...folders].map((folder) => resolve(folder, target));
    return candidates.find((candidate) => existsSync(candidate)) ?? target;
  };
  try {
    root.loadSync([...files]).resolveAll();
    return root;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw goverseError('INVALID_ARGUMENT', `The protobuf files ${files.join(', ')} cannot be loaded: ${why}`, {
      cause: error,
    });
  }
}

function typesIn(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((child) => [
    ...(child instanceof protobuf.Type ? [child] : []),
    ...(child instanceof protobuf.Namespace ? typesIn(child) : []),
  ]);
}
