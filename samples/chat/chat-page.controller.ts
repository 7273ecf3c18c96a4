import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Beside this file, in the sources and in `dist`. */
const WEB = new URL('./web/', import.meta.url);

/** The modules of the package: browsers load its client as it was compiled. */
const PACKAGE = new URL('../', import.meta.resolve('nestjs-goverse/client'));

const FILE_NAME = /^[a-z0-9-]+\.(html|css|js|svg)$/;

/** The page may load and call nothing but its own origin. Source: https://www.w3.org/TR/CSP3/ */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Serves the web page of the chat and the client it is made with. */
@Controller()
export class ChatPageController {
  @Get()
  @Header('content-security-policy', CONTENT_SECURITY_POLICY)
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'no-cache')
  page(): Promise<StreamableFile> {
    return send(WEB, 'index.html');
  }

  @Get('chat/:file')
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'no-cache')
  asset(@Param('file') file: string): Promise<StreamableFile> {
    return send(WEB, file);
  }

  @Get('goverse/:folder/:file')
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'no-cache')
  module(@Param('folder') folder: string, @Param('file') file: string): Promise<StreamableFile> {
    if (folder !== 'client' && folder !== 'core') throw new NotFoundException();
    return send(new URL(`${folder}/`, PACKAGE), file);
  }
}

/** Only plain file names are served, so that no path leads out of the folder. */
async function send(folder: URL, file: string): Promise<StreamableFile> {
  const type = MEDIA_TYPES[FILE_NAME.exec(file)?.[1] ?? ''];
  if (type === undefined) throw new NotFoundException();
  try {
    return new StreamableFile(await readFile(new URL(file, folder)), { type });
  } catch (cause) {
    throw new NotFoundException(undefined, { cause });
  }
}
