import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { refusal, type ContractApi, type Plain } from './contract-api.js';
import { RandomRequests, type RandomRequest } from './random-requests.js';

const REQUESTS = 1500;

/**
 * Sends the same random requests to two empty servers and compares every answer, and the events each caused.
 * Returns how many events that were.
 */
export async function expectSameAnswers(ours: ContractApi, theirs: ContractApi): Promise<number> {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  console.info(`random requests with SEED=${seed}`);
  const requests = new RandomRequests(seed);
  const watches = [ours, theirs].map((api) => api.watch());
  for (const watch of watches) await watch.created({ key: '\0', range_end: '\0', start_revision: 1, prev_kv: true });
  let events = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const start = await theirs.revision();
    const request = requests.next(start);
    const [ourAnswer, theirAnswer] = await Promise.all([answerOf(ours, request), answerOf(theirs, request)]);
    expect(ourAnswer, `SEED=${seed} request ${i}: ${JSON.stringify(request)}`).toEqual(theirAnswer);
    if ((await theirs.revision()) === start) continue;
    const [ourNews, theirNews] = await Promise.all(watches.map((watch) => watch.next()));
    expect(ourNews, `SEED=${seed} events of request ${i}: ${JSON.stringify(request)}`).toEqual(theirNews);
    events += (ourNews!['events'] as Plain[]).length;
  }
  for (const watch of watches) watch.close();
  return events;
}

async function answerOf(api: ContractApi, { service, method, request }: RandomRequest): Promise<Plain> {
  const answer = api.call(service, method, request);
  return answer.catch(() => refusal(answer));
}
