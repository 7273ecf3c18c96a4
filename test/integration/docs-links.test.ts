import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'));

/** The anchors GitHub makes of a document's headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target));
}

function isBroken(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(repository, document) : join(repository, dirname(document), path);
  if (relative(repository, target).startsWith('..') || !existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
}

describe('the documents', () => {
  it.each(documents)('%s links to what is there', (document) => {
    const links = linksOf(readFileSync(join(repository, document), 'utf8'));
    expect(links.filter((link) => isBroken(document, link))).toEqual([]);
  });

  it('name tests and sources that exist', () => {
    const wrong = documents.flatMap((document) => {
      const named =
        readFileSync(join(repository, document), 'utf8').match(/`(?:src|test|samples|proto)\/[\w./-]+\.\w+`/g) ?? [];
      return named
        .filter((path) => !existsSync(join(repository, path.slice(1, -1))))
        .map((path) => `${document}: ${path}`);
    });
    expect(wrong).toEqual([]);
  });

  it('exist where a comment in the sources names them', () => {
    const sources = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const wrong = sources.flatMap((source) => {
      const named = readFileSync(join(repository, 'src', source), 'utf8').match(/\bdocs\/[\w/-]+\.md\b/g) ?? [];
      return named
        .filter((document) => !documents.includes(document))
        .map((document) => `src/${source} names ${document}`);
    });
    expect(wrong).toEqual([]);
  });

  it('are reachable from README.md', () => {
    const seen = new Set<string>(['README.md']);
    for (const document of seen) {
      for (const link of linksOf(readFileSync(join(repository, document), 'utf8'))) {
        const target = join(dirname(document), link.split('#')[0]!);
        if (target.endsWith('.md')) seen.add(target);
      }
    }
    expect(documents.filter((document) => !seen.has(document))).toEqual([]);
  });
});
