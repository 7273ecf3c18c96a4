/** The request a `curl` command of a document makes, sent without needing curl. `base` replaces scheme, host and port. */
export async function sendCurl(command: string, base: string): Promise<string> {
  const words = [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  if (words.shift() !== 'curl') throw new Error(`No curl command: ${command}`);
  const request: { method?: string; body?: string; headers: Record<string, string>; url?: string } = { headers: {} };
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '-X') request.method = words.shift()!;
    else if (word === '-H') Object.assign(request.headers, headerOf(words.shift()!));
    else if (word === '--json')
      Object.assign(request, {
        body: words.shift()!,
        headers: { ...request.headers, 'content-type': 'application/json' },
      });
    else if (word.startsWith('-')) throw new Error(`The test does not know the option ${word} of curl`);
    else request.url = word;
  }
  const url = new URL(request.url ?? '', base);
  const response = await fetch(`${base}${url.pathname}${url.search}`, {
    method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
    headers: request.headers,
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  return response.text();
}

function headerOf(text: string): Record<string, string> {
  const colon = text.indexOf(':');
  return { [text.slice(0, colon).trim().toLowerCase()]: text.slice(colon + 1).trim() };
}
