import { Controller } from '@nestjs/common';
import { packageVersion } from '../../rpc/index.js';
import { GateHandler } from '../gate-handler.js';
import { HttpAnswer } from '../http/http-answer.js';
import { DOCS_POLICY, docsPage } from './docs-page.js';
import { ObjectTypes } from './object-types.js';
import { openApiDocument } from './openapi-document.js';

/** What object types there are may change with every node that joins. */
const UNCACHED = { 'cache-control': 'no-store' };

/** `GET /v1/openapi.json` and `GET /v1/docs`: what clients may call over HTTP, for tools and for people. */
@Controller()
export class OpenApiController {
  constructor(private readonly types: ObjectTypes) {}

  @GateHandler('openapi')
  async document(): Promise<HttpAnswer> {
    const document = openApiDocument(await this.types.list(), packageVersion());
    return HttpAnswer.json(200, document).with(UNCACHED);
  }

  @GateHandler('openapi')
  async page(): Promise<HttpAnswer> {
    const page = docsPage(await this.types.list(), packageVersion());
    const headers = { 'content-security-policy': DOCS_POLICY, 'x-content-type-options': 'nosniff' };
    return HttpAnswer.html(page).with({ ...UNCACHED, ...headers });
  }
}
