import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { Mailbox, type MailboxTurn, type TurnMode } from './mailbox.js';

class TestTurn implements MailboxTurn {
  queue?: undefined;
  previous?: MailboxTurn | undefined;
  next?: MailboxTurn | undefined;
  state: 'waiting' | 'running' | 'ended' = 'waiting';

  constructor(
    readonly id: string,
    readonly mode: TurnMode,
    private readonly begun: TestTurn[],
    private readonly atOnce = false,
  ) {}

  begin(mailbox: Mailbox): void {
    this.state = 'running';
    this.begun.push(this);
    if (this.atOnce) this.end(mailbox);
  }

  end(mailbox: Mailbox): void {
    this.state = 'ended';
    mailbox.ended(this);
  }

  abandon(): void {}
}

const owner = (mailboxLimit: number, settled = (): void => undefined) => ({ id: 'x', mailboxLimit, settled });

describe('Mailbox', () => {
  it('lets turns wait until it opens, then begins what may run together', () => {
    const begun: TestTurn[] = [];
    const mailbox = new Mailbox(owner(10));
    const turns = (['exclusive', 'interleave', 'exclusive', 'interleave'] as const).map(
      (mode, n) => new TestTurn(String(n), mode, begun),
    );
    for (const turn of turns) mailbox.enter(turn);
    expect(begun).toEqual([]);
    mailbox.open();
    expect(begun.map(({ id }) => id)).toEqual(['0', '1', '3']);
    begun[0]?.end(mailbox);
    expect(begun.map(({ id }) => id)).toEqual(['0', '1', '3', '2']);
  });

  it('runs ten thousand turns that end at once without nesting them', () => {
    const begun: TestTurn[] = [];
    const mailbox = new Mailbox(owner(20_000));
    for (let n = 0; n < 10_000; n += 1) mailbox.enter(new TestTurn(String(n), 'exclusive', begun, true));
    mailbox.open();
    expect(begun).toHaveLength(10_000);
    expect(mailbox.runningCount + mailbox.waitingCount).toBe(0);
  });

  it('begins what waited behind a turn that was taken out', () => {
    const begun: TestTurn[] = [];
    const mailbox = new Mailbox(owner(10));
    mailbox.open();
    const [reader, writer, later] = [
      new TestTurn('r', 'readOnly', begun),
      new TestTurn('w', 'exclusive', begun),
      new TestTurn('l', 'readOnly', begun),
    ];
    for (const turn of [reader, writer, later]) mailbox.enter(turn as TestTurn);
    expect(begun).toEqual([reader]);
    expect(mailbox.remove(writer as TestTurn)).toBe(true);
    expect(begun).toEqual([reader, later]);
    expect(mailbox.remove(later as TestTurn)).toBe(false);
  });

  const seeds = Array.from({ length: 50 }, (_, n) => Number(process.hrtime.bigint() % 1_000_000n) + n);

  it.each(seeds)('never lets turns overlap that may not, never starves, keeps the order (seed %i)', (seed) => {
    const random = new SeededRandom(seed);
    const begun: TestTurn[] = [];
    const all: TestTurn[] = [];
    let settledWith = -1;
    const mailbox = new Mailbox(
      owner(1_000, () => {
        settledWith = mailbox.runningCount;
      }),
    );
    const running = (): TestTurn[] => all.filter(({ state }) => state === 'running');
    const check = (): void => {
      const modes = running().map(({ mode }) => mode);
      const writers = modes.filter((mode) => mode === 'exclusive').length;
      expect(writers).toBeLessThanOrEqual(1);
      if (writers === 1) expect(modes).not.toContain('readOnly');
    };
    for (let step = 0; step < 300; step += 1) {
      const dice = random.fraction();
      if (step === 20) mailbox.open();
      else if (dice < 0.5) {
        const turn = new TestTurn(
          String(step),
          random.pick(['exclusive', 'exclusive', 'readOnly', 'readOnly', 'interleave']),
          begun,
          random.chance(0.2),
        );
        all.push(turn);
        mailbox.enter(turn);
      } else if (running().length > 0) random.pick(running()).end(mailbox);
      check();
    }
    for (let left = running(); left.length > 0; left = running()) {
      random.pick(left).end(mailbox);
      check();
    }
    expect(all.filter(({ state }) => state === 'waiting')).toEqual([]);
    expect(settledWith).toBe(0);
    const ordered = begun.filter(({ mode }) => mode !== 'interleave').map(({ id }) => Number(id));
    expect(ordered).toEqual(ordered.toSorted((a, b) => a - b));
  });
});
