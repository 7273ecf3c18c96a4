import { readAny, readJsonAny } from '../support/raw-protocol.js';
import type { RawAny } from '../support/raw-protocol.js';
import { openGrpcLine } from './grpc-line.js';
import type { LineListener, OpenLine } from './line.js';

/** `Register`. */
export const openRegisterLine: OpenLine = ({ grpc }, { token, received }, listener) => {
  const line = openGrpcLine(
    grpc,
    'Register',
    (any: RawAny) => take(any, listener),
    () => listener.ended(),
  );
  line.send({ resume_token: token, received });
  line.finish();
  return line;
};

function take(any: RawAny, listener: LineListener): void {
  if (!any.type_url.endsWith('goverse.client.RegisterResponse'))
    return listener.pushed((readJsonAny(any).data as { n: number }).n);
  const { message: told } = readAny(any);
  listener.registered(String(told['client_id']), String(told['token']), told['resumed'] === true);
}
