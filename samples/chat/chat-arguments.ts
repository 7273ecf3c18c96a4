import { Transform } from 'class-transformer';
import { IsString, Length, Matches } from 'class-validator';

/** The argument of `Join` and `Leave`: who comes or goes. */
export class MemberArgs {
  /** 1 to 64 characters; spaces around it do not count. */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsString()
  @Length(1, 64)
  userId!: string;
}

/** The argument of `SendMessage`. */
export class SendMessageArgs extends MemberArgs {
  /** 1 to 2000 characters, not only spaces. */
  @IsString()
  @Length(1, 2000)
  @Matches(/\S/, { message: 'content must not be blank' })
  content!: string;
}
