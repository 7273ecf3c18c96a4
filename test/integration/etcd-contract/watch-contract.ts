import { expect, it } from 'vitest';
import { revisionOf, type ContractApi, type Plain } from './contract-api.js';
import { eventText, type WatchProbe } from './watch-probe.js';

const NOTHING = {
  events: [],
  created: false,
  canceled: false,
  compact_revision: '0',
  cancel_reason: '',
  fragment: false,
};

/** Runs `use` with a watch stream of its own. */
async function watching(api: ContractApi, use: (probe: WatchProbe) => Promise<void>): Promise<void> {
  const probe = api.watch();
  try {
    await use(probe);
  } finally {
    probe.close();
  }
}

const texts = async (probe: WatchProbe, count: number) => (await probe.events(count)).map(eventText);

export function watchContract(api: () => ContractApi): void {
  it('confirms a watcher with the revision it starts after, then sends what changes', () =>
    watching(api(), async (probe) => {
      const start = await api().revision();
      const header = { revision: String(start) };
      expect(await probe.created({ key: 'w1' })).toEqual({ ...NOTHING, header, watch_id: '0', created: true });
      await api().put('w1', 'a');
      await api().put('w1x', 'other');
      await api().delete('w1');
      expect(await probe.next()).toEqual({
        ...NOTHING,
        header: { revision: String(start + 1) },
        watch_id: '0',
        events: [
          {
            type: 'Put',
            kv: {
              key: 'w1',
              value: 'a',
              version: '1',
              lease: '0',
              create_revision: String(start + 1),
              mod_revision: String(start + 1),
            },
            prev_kv: null,
          },
        ],
      });
      const deleted = { key: 'w1', value: '', version: '0', lease: '0', create_revision: '0' };
      expect((await probe.next())['events']).toEqual([
        { type: 'Delete', kv: { ...deleted, mod_revision: String(start + 3) }, prev_kv: null },
      ]);
    }));

  it('resumes from an old revision, and waits for one to come', () =>
    watching(api(), async (probe) => {
      const first = revisionOf(await api().put('resume/a', '1'));
      await api().put('resume/b', '2');
      await api().delete('resume/a');
      await probe.created({ key: 'resume/', range_end: 'resume0', start_revision: first + 1 });
      expect(await texts(probe, 2)).toEqual([`put resume/b=2@${first + 1}`, `delete resume/a@${first + 2}`]);
      await probe.created({ key: 'resume/', range_end: 'resume0', start_revision: first + 4, watch_id: 77 });
      await api().put('resume/c', 'too early for the second');
      await api().put('resume/d', '4');
      expect(await texts(probe, 3)).toEqual([
        `put resume/c=too early for the second@${first + 3}`,
        ...Array(2).fill(`put resume/d=4@${first + 4}`),
      ]);
    }));

  it('keeps the events of one transaction together, in its order', () =>
    watching(api(), async (probe) => {
      await api().put('together/z', '0');
      await probe.created({ key: 'together/', range_end: 'together0' });
      const put = (key: string) => ({ request_put: { key, value: '1' } });
      const success = [put('together/b'), { request_delete_range: { key: 'together/z' } }, put('together/a')];
      const revision = revisionOf(await api().txn({ success }));
      const answer = await probe.next();
      expect((answer['events'] as Plain[]).map(eventText)).toEqual([
        `put together/b=1@${revision}`,
        `delete together/z@${revision}`,
        `put together/a=1@${revision}`,
      ]);
    }));

  it('tells what was there before, when asked to', () =>
    watching(api(), async (probe) => {
      await probe.created({ key: 'before', prev_kv: true });
      await api().put('before', '1');
      await api().put('before', '2');
      await api().delete('before');
      await api().put('before', '3');
      const previous = (await probe.events(4)).map((event) => (event['prev_kv'] as Plain | null)?.['value']);
      expect(previous).toEqual([undefined, '1', '2', undefined]);
    }));

  it('filters puts or deletions', () =>
    watching(api(), async (probe) => {
      const first = (await api().revision()) + 1;
      await probe.created({ key: 'filter', filters: ['Noput'] });
      await api().put('filter', '1');
      await api().delete('filter');
      expect(await texts(probe, 1)).toEqual([`delete filter@${first + 1}`]);
      await probe.created({ key: 'filter', filters: ['Nodelete'], start_revision: first });
      await api().put('filter', '2');
      expect(await texts(probe, 2)).toEqual([`put filter=1@${first}`, `put filter=2@${first + 2}`]);
    }));

  it('gives watchers ids, refuses bad ones, and cancels each on its own', () =>
    watching(api(), async (probe) => {
      expect(await probe.created({ key: 'ids' })).toMatchObject({ watch_id: '0', created: true, canceled: false });
      expect(await probe.created({ key: 'ids', watch_id: 2 })).toMatchObject({ watch_id: '2' });
      expect(await probe.created({ key: 'ids' })).toMatchObject({ watch_id: '1' });
      expect(await probe.created({ key: 'ids' })).toMatchObject({ watch_id: '3' });
      const refused = { watch_id: '-1', created: true, canceled: true, compact_revision: '0' };
      expect(await probe.created({ key: 'ids', watch_id: 2 })).toMatchObject({
        ...refused,
        cancel_reason: 'mvcc: duplicate watch ID provided on the WatchStream',
      });
      expect(await probe.created({ key: 'z', range_end: 'a' })).toMatchObject({
        ...refused,
        cancel_reason: 'mvcc: watcher range is empty',
      });
      for (const id of ['99', '0', '1', '0', '3']) probe.cancel(id);
      for (const id of ['0', '1', '3']) {
        const header = { revision: String(await api().revision()) };
        expect(await probe.next()).toEqual({ ...NOTHING, header, watch_id: id, canceled: true });
      }
      await api().put('ids', '1');
      expect(await probe.next()).toMatchObject({ watch_id: '2', events: [{ type: 'Put' }] });
      expect(await probe.created({ key: 'ids', watch_id: 1 })).toMatchObject({ watch_id: '1', created: true });
    }));

  it('tells progress of the stream when asked', () =>
    watching(api(), async (probe) => {
      await probe.created({ key: 'progress' });
      const revision = String(revisionOf(await api().put('elsewhere')));
      probe.requestProgress();
      expect(await probe.next()).toEqual({ ...NOTHING, header: { revision }, watch_id: '-1' });
    }));

  it('tells progress of a quiet watcher by itself', () =>
    watching(api(), async (probe) => {
      await probe.created({ key: 'quiet', progress_notify: true });
      const revision = String(revisionOf(await api().put('elsewhere')));
      // A tick may have fallen before the put.
      let answer = await probe.next();
      if ((answer['header'] as Plain)['revision'] !== revision) answer = await probe.next();
      expect(answer).toEqual({ ...NOTHING, header: { revision }, watch_id: '0' });
    }));

  it('cancels a watcher whose start was compacted, naming from where it can watch', () =>
    watching(api(), async (probe) => {
      const first = revisionOf(await api().put('gone', '1'));
      for (const value of ['2', '3', '4']) await api().put('gone', value);
      await api().compact(first + 2);
      expect(await probe.created({ key: 'gone', start_revision: first + 1 })).toMatchObject({
        watch_id: '0',
        created: true,
      });
      expect(await probe.next()).toEqual({
        ...NOTHING,
        header: { revision: '0' },
        watch_id: '0',
        canceled: true,
        compact_revision: String(first + 2),
      });
      await probe.created({ key: 'gone', start_revision: first + 2, prev_kv: true });
      const events = await probe.events(2);
      expect(events.map(eventText)).toEqual([`put gone=3@${first + 2}`, `put gone=4@${first + 3}`]);
      expect(events.map((event) => (event['prev_kv'] as Plain | null)?.['value'])).toEqual([undefined, '3']);
    }));

  it('catches up over thousands of revisions without loss, repetition or disorder', () =>
    watching(api(), async (probe) => {
      const first = (await api().revision()) + 1;
      for (let done = 0; done < 3000; done += 100) {
        await Promise.all(Array.from({ length: 100 }, () => api().put('many')));
      }
      await probe.created({ key: 'many', start_revision: first });
      const revisions = (await probe.events(3000)).map((event) => Number((event['kv'] as Plain)['mod_revision']));
      expect(revisions).toEqual(Array.from({ length: 3000 }, (_, i) => first + i));
    }));

  it('loses nothing for a client that reads late', () =>
    watching(api(), async (probe) => {
      const first = (await api().revision()) + 1;
      await probe.created({ key: 'late' });
      probe.stopReading();
      for (let i = 0; i < 40; i++) await api().put('late', 'x'.repeat(700_000));
      probe.read();
      const revisions = (await probe.events(40)).map((event) => Number((event['kv'] as Plain)['mod_revision']));
      expect(revisions).toEqual(Array.from({ length: 40 }, (_, i) => first + i));
    }));

  it('splits a large revision only for watchers that allow fragments', () =>
    watching(api(), async (probe) => {
      const keys = ['frag/a', 'frag/b', 'frag/c', 'frag/d'];
      for (const key of keys) await api().put(key, 'x'.repeat(700_000));
      await probe.created({ key: 'frag/', range_end: 'frag0', prev_kv: true, fragment: true });
      await probe.created({ key: 'frag/', range_end: 'frag0' });
      const revision = revisionOf(await api().delete('frag/', { range_end: 'frag0' }));
      const answers: Plain[] = [];
      let wholes = 0;
      for (let events = 0; events < 8;) {
        const answer = await probe.next();
        const count = (answer['events'] as Plain[]).length;
        events += count;
        if (answer['watch_id'] === '0') answers.push(answer);
        else wholes = count;
      }
      expect(wholes).toBe(4);
      expect(answers.length).toBeGreaterThan(1);
      expect(answers.map((answer) => answer['fragment'])).toEqual(answers.map((_, i) => i < answers.length - 1));
      const sent = answers.flatMap((answer) => (answer['events'] as Plain[]).map(eventText));
      expect(sent).toEqual(keys.map((key) => `delete ${key}@${revision}`));
    }));
}
