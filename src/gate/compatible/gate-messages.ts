import type { WireAny } from '../../rpc/index.js';

/** The messages of proto/gate.proto, as the loader of rpc/proto-files.ts reads them. */

export interface CallObjectRequest {
  clientId: string;
  type: string;
  id: string;
  method: string;
  request: WireAny | null;
}

export interface CallObjectResponse {
  response: WireAny;
}

export interface CreateObjectRequest {
  type: string;
  id: string;
}

export interface CreateObjectResponse {
  id: string;
}

export interface DeleteObjectRequest {
  id: string;
  type: string;
}

export type DeleteObjectResponse = Record<string, never>;

export interface RegisterResponse {
  clientId: string;
}

/** `SKIPPED`: nothing was executed, the same call may be sent again. */
export interface ReliableCallObjectResponse {
  error: string;
  status: 'SUCCESS' | 'FAILED' | 'SKIPPED' | 'UNKNOWN' | 'PENDING';
}
