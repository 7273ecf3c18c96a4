import type { SeededRandom } from '../seeded-random.js';
import type { EtcdModel } from './etcd-model.js';
import type { ModelRequest } from './model-request.js';

/** The requests on their way to etcd and their answers on the way back: late, out of order, lost either way. */
export class ModelNetwork {
  lostAnswers = 0;
  private requests: ModelRequest[] = [];

  constructor(
    private readonly etcd: EtcdModel,
    private readonly random: SeededRandom,
    /** Part of the requests whose sender gets no answer in time. */
    private readonly loss: number,
    private readonly longestDelayMs: number,
  ) {}

  send(request: Omit<ModelRequest, 'stuckUntil'>): void {
    this.requests.push({ ...request, stuckUntil: 0 });
  }

  /** One request gets on by one leg of its way. */
  advance(): void {
    const { random, etcd, loss } = this;
    const moving = this.requests.filter(({ stuckUntil }) => stuckUntil <= etcd.now);
    const request = random.chance(0.8) ? moving[0] : moving[random.below(moving.length)];
    if (request === undefined) return;
    // Whoever sleeps hears no answer; what it sent may be carried out.
    if (request.from.paused && request.applied !== undefined) return;
    if (request.applied !== undefined) this.answer(request, random.chance(loss / 2));
    else if (request.answered === true || !random.chance(loss)) this.apply(request);
    else if (random.chance(0.25)) this.drop(request);
    else {
      // It is carried out long after its sender has given it up.
      request.stuckUntil = etcd.now + random.below(random.pick([0.3, 1]) * this.longestDelayMs);
      if (!request.from.paused) this.answer(request, true);
    }
    this.forgetDone();
  }

  /** Everything arrives and is answered, in order. */
  settle(): void {
    for (const request of [...this.requests]) {
      request.applied ??= { result: request.apply() };
      this.answer(request, false);
    }
    this.forgetDone();
  }

  /** Now and then the answer takes long. */
  private apply(request: ModelRequest): void {
    request.applied = { result: request.apply() };
    if (this.random.chance(this.loss / 4)) request.stuckUntil = this.etcd.now + this.random.below(this.longestDelayMs);
  }

  /** Lost on the way there: it never happens. */
  private drop(request: ModelRequest): void {
    this.requests = this.requests.filter((other) => other !== request);
    this.answer(request, true);
  }

  private answer(request: ModelRequest, lost: boolean): void {
    if (request.answered === true) return;
    request.answered = true;
    if (lost) this.lostAnswers++;
    request.answer(lost ? undefined : request.applied?.result);
  }

  private forgetDone(): void {
    this.requests = this.requests.filter(({ applied, answered }) => applied === undefined || answered !== true);
  }
}
