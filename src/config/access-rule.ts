/** What a client may call. Strings match exactly, or as a regular expression when written `/.../`. */
export interface AccessRule {
  type?: string;
  id?: string;
  method?: string;
  effect: 'allow' | 'deny';
  /** `clients` is everybody; anything else but `authenticated` is a role. */
  to: string;
}
