/** The messages of proto/client.proto, as the loader of rpc/proto-files.ts reads them. */

export interface RegisterRequest {
  resumeToken: string;
  received: number;
}

export interface RegisterResponse {
  clientId: string;
  token: string;
  resumed: boolean;
}

export interface CallObjectRequest {
  objectId: string;
  method: string;
  payload: Uint8Array;
  type: string;
  clientId: string;
  timeoutMs: number;
}

export interface CallObjectResponse {
  payload: Uint8Array;
}

export interface CreateObjectRequest {
  type: string;
  objectId: string;
  payload: Uint8Array;
}

export interface CreateObjectResponse {
  objectId: string;
  created: boolean;
}

export interface DeleteObjectRequest {
  type: string;
  objectId: string;
}

export type DeleteObjectResponse = Record<string, never>;
