import {
  BadRequestException,
  Catch,
  Inject,
  Injectable,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type ArgumentsHost,
} from '@nestjs/common';
import { REQUEST, Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { CallContext } from '../../../src/core/index.js';
import { GoverseObject, Method } from '../../../src/decorators/index.js';
import { GoverseExecutionContext, ObjectContext } from '../../../src/objects/index.js';
import { Constructions } from './greeter.providers.js';

export class Amount {
  value!: number;
}

export class TooMuch extends Error {}

@Injectable()
export class Trace {
  readonly lines: string[] = [];
}

@Injectable()
export class RoleGuard implements CanActivate {
  constructor(
    private readonly trace: Trace,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const call = GoverseExecutionContext.create(context).getCall();
    const role = this.reflector.get<string | undefined>('role', context.getHandler());
    const rpc = context.switchToRpc();
    this.trace.lines.push(
      `guard ${context.getType<string>()} ${context.getClass().name}.${context.getHandler().name} ${String(rpc.getContext() === call)}`,
    );
    return role === undefined || call.caller?.roles.includes(role) === true;
  }
}

@Injectable()
export class DoublePipe implements PipeTransform {
  constructor(private readonly trace: Trace) {}

  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    this.trace.lines.push(`pipe ${metatype?.name} ${String(value instanceof Amount)}`);
    if (!(value instanceof Amount)) return value;
    if (value.value < 0) throw new BadRequestException('negative');
    return Object.assign(new Amount(), { value: value.value * 2 });
  }
}

@Injectable()
export class WrapInterceptor implements NestInterceptor {
  constructor(private readonly trace: Trace) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.trace.lines.push(`before ${CallContext.current()?.objectId}`);
    return next.handle().pipe(
      map((result: unknown) => {
        this.trace.lines.push('after');
        return { wrapped: result };
      }),
    );
  }
}

@Catch(TooMuch)
export class TooMuchFilter implements ExceptionFilter {
  catch(error: TooMuch, host: ArgumentsHost): unknown {
    return { refused: error.message, method: GoverseExecutionContext.create(host).getCall().method };
  }
}

@Injectable({ scope: Scope.REQUEST })
export class PerCallGuard implements CanActivate {
  private readonly number: number;

  constructor(
    constructions: Constructions,
    @Inject(REQUEST) private readonly call: CallContext,
  ) {
    this.number = constructions.count('PerCallGuard');
  }

  canActivate(context: ExecutionContext): boolean {
    return this.number > 0 && this.call === GoverseExecutionContext.create(context).getContext();
  }
}

@GoverseObject()
@UseGuards(RoleGuard)
export class Vault {
  private total = 0;

  constructor(
    readonly self: ObjectContext,
    private readonly trace: Trace,
  ) {}

  @Method()
  @UsePipes(DoublePipe)
  @UseInterceptors(WrapInterceptor)
  @UseFilters(TooMuchFilter)
  async put(amount: Amount): Promise<string> {
    this.trace.lines.push('method');
    if (amount.value > 100) throw new TooMuch(String(amount.value));
    this.total += amount.value;
    return `${this.self.key} has ${this.total}`;
  }

  @Method()
  @SetMetadata('role', 'admin')
  async open(): Promise<string> {
    return 'open';
  }

  @Method()
  @UseGuards(PerCallGuard)
  async once(): Promise<string> {
    return 'once';
  }
}

@GoverseObject()
export class Plain {
  @Method()
  async echo(value: unknown): Promise<unknown> {
    return value;
  }
}
