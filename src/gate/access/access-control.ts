import type { AccessRule, LocatedRule } from '../../config/index.js';
import { AccessFile, locatedInCode } from '../../config/index.js';
import type { CallerIdentity, Clock, ObjectCall } from '../../core/index.js';
import type { GateLogger } from '../gate-logger.js';
import { AccessRules } from './access-rules.js';
import { FileWatch } from './file-watch.js';

export interface AccessControlOptions {
  /** Rules, or the file they stand in, which is read again whenever it changes. */
  readonly access: readonly AccessRule[] | AccessFile | undefined;
  /** The gate knows who its clients are. */
  readonly authenticated: boolean;
  readonly clock: Clock;
  readonly logger: GateLogger;
}

/** Decides what clients of a gate may do, by the rules of its configuration. */
export class AccessControl {
  private rules: AccessRules;
  private readonly watch: FileWatch | undefined;

  /** Throws `INVALID_ARGUMENT` for rules that are not usable. */
  constructor(private readonly options: AccessControlOptions) {
    const { access, clock } = options;
    if (access instanceof AccessFile) this.watch = new FileWatch(access.path, () => this.reload(), clock);
    this.rules = AccessRules.compile(this.written(), options.authenticated);
  }

  /** Throws `ACCESS_DENIED` or `UNAUTHENTICATED`. `type` is the type of the called object. */
  assertMayCall({ verb, objectId, method }: ObjectCall, type: string, identity: CallerIdentity | undefined): void {
    this.rules.assertAllowed({ verb, type, id: objectId, method }, identity);
  }

  /** Throws `ACCESS_DENIED` or `UNAUTHENTICATED`. */
  assertMayRegister(identity: CallerIdentity | undefined): void {
    this.rules.assertAllowed({ verb: 'register', type: '', id: '', method: '' }, identity);
  }

  /** Begins to look for changes of the file the rules stand in. */
  start(): void {
    this.watch?.start();
  }

  stop(): void {
    this.watch?.stop();
  }

  /** What is not usable changes nothing: a slip of the pen must not open or close the gate. */
  private reload(): void {
    const { authenticated, logger } = this.options;
    try {
      this.rules = AccessRules.compile(this.written(), authenticated);
      logger.log(`The access rules have changed: ${this.rules.size} rules are in force`);
    } catch (error) {
      logger.error(
        `The changed access rules are not usable, those of before stay in force: ${(error as Error).message}`,
      );
    }
  }

  private written(): readonly LocatedRule[] {
    const { access = [] } = this.options;
    return access instanceof AccessFile ? access.read() : locatedInCode(access);
  }
}
