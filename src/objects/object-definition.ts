import type { Type } from '@nestjs/common';
import type { ResolvedMethodOptions, ResolvedObjectOptions } from '../decorators/index.js';
import type { ArgumentReader } from './argument-reader.js';
import type { TurnMode } from './mailbox.js';
import type { MethodInvoker } from './method-invoker.js';
import type { ObjectContext } from './object-context.js';

/** An activation; its context is made for classes that ask for it. */
export interface ContextSource {
  readonly context: ObjectContext;
}

/** A method, ready to be called. */
export interface MethodDefinition {
  /** Wire name. */
  readonly name: string;
  readonly options: ResolvedMethodOptions;
  readonly mode: TurnMode;
  /** Declared type of the argument as the compiler wrote it. */
  readonly argumentType: Type<unknown> | undefined;
  readonly takesArgument: boolean;
  readonly argument: ArgumentReader;
  readonly invoker: MethodInvoker;
}

/** An object class, ready to be activated. */
export interface ObjectDefinition {
  readonly type: string;
  readonly cls: Type<unknown>;
  readonly options: ResolvedObjectOptions;
  /** By wire name. */
  readonly methods: ReadonlyMap<string, MethodDefinition>;
  /** An instance for one activation; a promise where Nest has to resolve dependencies for it. */
  construct(activation: ContextSource): object | Promise<object>;
}
