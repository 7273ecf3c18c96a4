import { describe, expect, it } from 'vitest';
import type { CallerIdentity } from '../core/index.js';
import { AllowRoles, GoverseObject, Internal, Method } from '../decorators/index.js';
import { LocalObjects } from '../../test/support/local-objects.js';
import { reasonOf } from '../../test/support/rooms.js';

@GoverseObject()
@AllowRoles('staff', 'owner')
class Ledger {
  @Method()
  read(): string {
    return 'read';
  }

  @Method()
  @AllowRoles('clients')
  title(): string {
    return 'title';
  }

  @Method()
  @AllowRoles('authenticated')
  mine(): string {
    return 'mine';
  }

  @Internal()
  @Method()
  audit(): string {
    return 'audit';
  }
}

@GoverseObject()
class SubLedger extends Ledger {
  override mine(): string {
    return 'mine too';
  }
}

@GoverseObject({ internal: true })
class Vault {
  @Method()
  open(): string {
    return 'open';
  }

  @Method({ internal: false })
  time(): string {
    return 'time';
  }
}

const staff: CallerIdentity = { userId: 'sam', roles: ['staff'] };
const guest: CallerIdentity = { userId: 'gus', roles: [] };
const objects = new LocalObjects([Ledger, SubLedger, Vault]);
const client = (caller?: CallerIdentity) => ({ isFromClient: true, caller });
const call = (id: string, method: string, caller?: CallerIdentity) =>
  objects.call(id, method, undefined, client(caller)).then(
    () => 'ran',
    (error: unknown) => reasonOf(Promise.reject(error as Error)),
  );

describe('what the code of an object says about clients', () => {
  it.each([
    ['Ledger-a', 'read', undefined, 'ACCESS_DENIED'],
    ['Ledger-a', 'read', guest, 'ACCESS_DENIED'],
    ['Ledger-a', 'read', staff, 'ran'],
    ['Ledger-a', 'title', undefined, 'ran'],
    ['Ledger-a', 'mine', undefined, 'ACCESS_DENIED'],
    ['Ledger-a', 'mine', guest, 'ran'],
    ['Ledger-a', 'audit', staff, 'ACCESS_DENIED'],
    ['Ledger-a', 'none', staff, 'METHOD_NOT_FOUND'],
    ['SubLedger-a', 'read', guest, 'ACCESS_DENIED'],
    ['SubLedger-a', 'mine', undefined, 'ACCESS_DENIED'],
    ['SubLedger-a', 'audit', staff, 'ACCESS_DENIED'],
    ['Vault-a', 'open', staff, 'ACCESS_DENIED'],
    ['Vault-a', 'time', undefined, 'ran'],
  ])('%s.%s of %o: %s', async (id, method, caller, outcome) => {
    expect(await call(id, method, caller)).toBe(outcome);
  });

  it('holds for creation and deletion', async () => {
    for (const id of ['Ledger-b', 'Vault-b']) {
      expect(await reasonOf(objects.create(id, undefined, client(guest)))).toBe('ACCESS_DENIED');
      expect(await reasonOf(objects.delete(id, client(guest)))).toBe('ACCESS_DENIED');
    }
    expect(objects.catalog.list().map(({ id }) => id)).not.toContain('Ledger-b');
    expect(await objects.create('Ledger-b', undefined, client(staff))).toBe(true);
    expect(await reasonOf(objects.create('Vault-b', undefined, client(staff)))).toBe('ACCESS_DENIED');
    await objects.delete('Ledger-b', client(staff));
  });

  it('is no matter between objects', async () => {
    expect(await objects.call('Ledger-c', 'audit')).toBe('audit');
    expect(await objects.create('Vault-c')).toBe(true);
    expect(await objects.call('Vault-c', 'open')).toBe('open');
  });

  it('cannot be got around by naming another type', async () => {
    await objects.create('Ledger-d');
    const asVault = { ...client(), type: 'Vault' };
    expect(await reasonOf(objects.call('Ledger-d', 'time', undefined, asVault))).toBe('TYPE_MISMATCH');
    expect(await reasonOf(objects.call('Vault-d', 'read', undefined, { ...client(), type: 'Ledger' }))).toBe(
      'ACCESS_DENIED',
    );
  });
});
