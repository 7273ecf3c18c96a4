/** One part of a process that is started in the order of a list and stopped in the reverse order. */
export interface LifeStep {
  readonly name: string;
  start(): Promise<void>;
  /** Never called before `start` has resolved. */
  stop(): Promise<void>;
}

/** Starts steps in order and stops those that were started in reverse; both once. */
export class LifeCycle {
  private readonly started: LifeStep[] = [];
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly steps: readonly LifeStep[],
    private readonly onError: (message: string) => void,
  ) {}

  /** Rejects with the first failure, after everything that had been started was stopped again. */
  async start(): Promise<void> {
    try {
      for (const step of this.steps) {
        if (this.stopping) break;
        await step.start();
        this.started.unshift(step);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops what was started; a step that fails is logged and does not keep the others from stopping. Idempotent. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const step of this.started) {
      try {
        await step.stop();
      } catch (error) {
        this.onError(`Stopping the ${step.name} failed: ${String(error)}`);
      }
    }
  }
}
