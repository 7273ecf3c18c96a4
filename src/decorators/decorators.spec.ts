import { describe, expect, it } from 'vitest';
import { CallContext } from '../core/index.js';
import { AllowRoles, GoverseObject, Method, checkDeclaration, readObjectMetadata } from './index.js';

class Args {}

class Base {
  @Method({ readOnly: true })
  shared(): void {}

  @Method('Renamed')
  changed(): void {}
}

@GoverseObject({ type: 'Chat.Room', idleAfterMs: Infinity, immutable: true })
class Room extends Base {
  @Method({ name: 'Join', oneWay: true, timeoutMs: 5, request: 'a.B' })
  join(_args: Args, _call: CallContext): void {}

  @Method()
  who(_call: CallContext): void {}

  @Method()
  override changed(): void {}

  private hidden(): void {}

  use(): void {
    this.hidden();
  }
}

describe('the metadata of an object class', () => {
  it('names type, options and methods, inherited ones too', () => {
    const metadata = readObjectMetadata(Room);
    expect(metadata).toMatchObject({ cls: Room, type: 'Chat.Room' });
    expect(metadata?.options).toEqual({
      idleAfterMs: Infinity,
      immutable: true,
      internal: false,
      roles: undefined,
      reentrancy: 'none',
      mailboxLimit: 10_000,
    });
    expect([...(metadata?.methods.keys() ?? [])].sort()).toEqual(['Join', 'changed', 'shared', 'who']);
    expect(metadata?.methods.get('Join')).toMatchObject({
      propertyKey: 'join',
      argumentType: Args,
      takesArgument: true,
      contextIndex: 1,
      options: { oneWay: true, timeoutMs: 5, request: 'a.B', readOnly: false },
    });
    expect(metadata?.methods.get('who')).toMatchObject({
      argumentType: undefined,
      takesArgument: false,
      contextIndex: 0,
    });
    expect(metadata?.methods.get('shared')?.options.readOnly).toBe(true);
  });

  it('takes the class name, or the name given, as the type', () => {
    @GoverseObject()
    class Plain {}
    @GoverseObject('Other')
    class Named {}
    expect(readObjectMetadata(Plain)?.type).toBe('Plain');
    expect(readObjectMetadata(Named)?.type).toBe('Other');
  });

  it('is there for decorated classes only', () => {
    class Sub extends Room {}
    for (const value of [Base, Sub, undefined, {}, 'Room']) expect(readObjectMetadata(value)).toBeUndefined();
  });
});

describe('wrong use of the decorators', () => {
  const refused = (make: () => { readonly name: string }, message: RegExp): void => {
    expect(() => checkDeclaration(make())).toThrowError(
      expect.objectContaining({ reason: 'INVALID_OBJECT_CLASS', message: expect.stringMatching(message) }),
    );
  };
  const object = (options: Parameters<typeof GoverseObject>[0]): (() => { readonly name: string }) => {
    return () => {
      @GoverseObject(options)
      class Wrong {}
      return Wrong;
    };
  };

  it.each([
    [{ type: 'a-b' }, /Wrong: "a-b" is no type name/],
    [{ idleAfterMs: -1 }, /idleAfterMs is -1/],
    [{ idleAfterMs: NaN }, /idleAfterMs is NaN/],
    [{ mailboxLimit: 0 }, /mailboxLimit is 0/],
    [{ reentrancy: 'maybe' as never }, /reentrancy is "maybe".*none, call-chain, always/],
  ])('refuses %o', (options, message) => refused(object(options), message));

  it('refuses what is no instance method', () => {
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method()
        static join(): void {}
      }
      return Wrong;
    }, /Wrong\.join has @Method, but it is static/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method()
        get size(): number {
          return 1;
        }
      }
      return Wrong;
    }, /Wrong\.size has @Method, but it is an accessor/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @(Method() as PropertyDecorator)
        join = (): void => {};
      }
      return Wrong;
    }, /Wrong\.join has @Method, but it is a property/);
  });

  it('refuses hooks, equal wire names, bad names and timeouts', () => {
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method()
        onActivate(): void {}
      }
      return Wrong;
    }, /onActivate is a hook/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method('X')
        one(): void {}
        @Method('X')
        two(): void {}
      }
      return Wrong;
    }, /Wrong\.two and Wrong\.one have the same wire name "X"/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method('a/b')
        one(): void {}
      }
      return Wrong;
    }, /"a\/b" is no wire name/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method({ timeoutMs: 0 })
        one(): void {}
      }
      return Wrong;
    }, /Wrong\.one: timeoutMs is 0/);
  });

  it('refuses parameters that no call could fill', () => {
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method()
        one(_a: Args, _call: CallContext, _b: number): void {}
      }
      return Wrong;
    }, /Wrong\.one has 3 parameters/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method()
        one(_a: string, _b: string): void {}
      }
      return Wrong;
    }, /second parameter is not the CallContext/);
    refused(() => {
      @GoverseObject()
      class Wrong {
        @Method()
        one(_call: CallContext, _b: string): void {}
      }
      return Wrong;
    }, /takes the CallContext first/);
  });

  it('refuses restrictions that nothing would read', () => {
    refused(() => {
      @GoverseObject()
      class Wrong {
        @AllowRoles('admin')
        one(): void {}
      }
      return Wrong;
    }, /Wrong\.one has @AllowRoles or @Internal, but no @Method/);
    refused(() => {
      @GoverseObject()
      @AllowRoles()
      class Wrong {}
      return Wrong;
    }, /Wrong: @AllowRoles needs the names of roles/);
  });

  it('refuses @Method on a class that is no object', () =>
    refused(() => Base, /Base\.shared has @Method, but Base is no object/));
});
