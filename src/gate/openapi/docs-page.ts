import { createHash } from 'node:crypto';
import type { MethodInfo, ObjectTypeInfo } from '../../core/index.js';
import { factsOf, objectPath } from './openapi-document.js';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #8886; border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; font-family: ui-monospace, monospace; }
pre { overflow: auto; padding: .8rem; background: #8882; border-radius: .4rem; }
nav a { margin-right: 1rem; }
`;

/** Nothing is loaded and nothing runs: the page is text and its style. */
export const DOCS_POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

/** The object types and their methods as a page for people. */
export function docsPage(types: readonly ObjectTypeInfo[], version: string): string {
  const links = types.map(({ type }) => `<a href="#${escape(type)}">${escape(type)}</a>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Objects of this cluster</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Objects of this cluster</h1>
<p>What clients may call over HTTP at this gate (nestjs-goverse ${escape(version)}), also as <a href="openapi.json">OpenAPI 3.1</a>.</p>
<nav aria-label="Object types">${links}</nav>
<main>
${types.length > 0 ? types.map(section).join('\n') : '<p>No node has told of an object type yet.</p>'}
</main>
</body>
</html>
`;
}

function section(type: ObjectTypeInfo): string {
  const path = objectPath(type.type);
  const life = [`PUT ${path} creates one, DELETE ${path} deletes it.`, ...forRoles(type.roles)];
  return `<section>
<h2 id="${escape(type.type)}">${escape(type.type)}</h2>
${type.internal ? '' : `<p>${escape(life.join(' '))}</p>`}
${type.methods.map((method) => entry(path, method)).join('\n')}
</section>`;
}

function entry(path: string, method: MethodInfo): string {
  const target = `${path}/${encodeURIComponent(method.name)}`;
  const facts = [...factsOf(method), ...(method.takesArgument ? [] : ['Takes no argument.'])];
  return `<details>
<summary>POST ${escape(target)}</summary>
<p>${escape(facts.join(' '))}</p>
${schema('Argument', method.takesArgument ? method.argumentSchema : '')}
${schema('Result', method.resultSchema)}
</details>`;
}

function schema(title: string, text: string): string {
  if (text === '') return '';
  return `<h3>${title}</h3>\n<pre>${escape(JSON.stringify(JSON.parse(text), undefined, 2))}</pre>`;
}

function forRoles(roles: readonly string[]): string[] {
  return roles.length > 0 ? [`For ${roles.join(', ')}.`] : [];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
