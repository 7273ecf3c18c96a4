import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { fencesOf } from './markdown.js';
import type { Fence } from './markdown.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The package's entry points as sources, so that a document is checked against the code at hand. */
const ENTRY_POINTS = {
  'nestjs-goverse': [join(repository, 'src/index.ts')],
  'nestjs-goverse/testing': [join(repository, 'src/testing/index.ts')],
  'nestjs-goverse/client': [join(repository, 'src/client/index.ts')],
};

/**
 * The files of one document (fences with `file=<path>`) in a folder of their own, which sees the packages of the
 * repository and the built package itself, as a user's folder would after `npm install`.
 */
export class DocProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'docs-snippets-'));
  readonly fences: readonly Fence[];

  constructor(private readonly document: string) {
    this.fences = fencesOf(readFileSync(join(repository, document), 'utf8'));
    this.write('package.json', JSON.stringify({ private: true, type: 'module' }));
    this.write('tsconfig.json', readFileSync(join(repository, 'tsconfig.json'), 'utf8'));
    for (const { attributes, text } of this.fences) if (attributes['file']) this.write(attributes['file'], text);
    linkPackages(join(this.folder, 'node_modules'));
  }

  /** TypeScript fences nobody could compile, because they name no file. */
  get nameless(): string[] {
    return this.fences.filter(isNameless).map(({ line }) => `${this.document}:${line}`);
  }

  get sources(): string[] {
    const files = this.fences.map(({ attributes }) => attributes['file'] ?? '').filter((file) => file.endsWith('.ts'));
    return [...new Set(files)];
  }

  /** Type-checks all sources with the document's tsconfig (else the repository's) and writes `dist/`; the errors. */
  compile(): string[] {
    const options = this.compilerOptions();
    const program = ts.createProgram(
      this.sources.map((file) => join(this.folder, file)),
      options,
    );
    const files = this.sources.map((file) => program.getSourceFile(join(this.folder, file))!);
    for (const file of files) program.emit(file, (name, text) => this.writeOutput(options.outDir ?? '', name, text));
    const found = [
      ...program.getOptionsDiagnostics(),
      ...files.flatMap((file) => ts.getPreEmitDiagnostics(program, file)),
    ];
    return [...new Set(found.map((diagnostic) => this.describe(diagnostic)))];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private compilerOptions(): ts.CompilerOptions {
    const { config, error } = ts.readConfigFile(join(this.folder, 'tsconfig.json'), (path) => ts.sys.readFile(path));
    if (error) throw new Error(this.describe(error));
    const { options } = ts.convertCompilerOptionsFromJson(
      (config as { compilerOptions: unknown }).compilerOptions,
      this.folder,
    );
    const typeRoots = [join(repository, 'node_modules/@types')];
    return {
      ...options,
      rootDir: '/',
      outDir: join(this.folder, 'emitted'),
      paths: ENTRY_POINTS,
      typeRoots,
      declaration: false,
      sourceMap: false,
    };
  }

  /** `src/x.ts` becomes `dist/x.js`, and so does `x.ts`. */
  private writeOutput(outDir: string, name: string, text: string): void {
    const inFolder = relative(this.folder, `/${relative(outDir, name)}`);
    this.write(join('dist', inFolder.replace(/^src\//, '')), text);
  }

  private write(path: string, text: string): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  private describe({ file, start, messageText }: ts.Diagnostic): string {
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!file || start === undefined) return `${this.document}: ${message}`;
    return `${this.document}: ${relative(this.folder, file.fileName)}:${file.getLineAndCharacterOfPosition(start).line + 1}: ${message}`;
  }
}

function isNameless({ language, attributes }: Fence): boolean {
  return language === 'ts' && !attributes['file'];
}

function linkPackages(target: string): void {
  mkdirSync(target);
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(repository, 'node_modules', name), join(target, name));
  }
  symlinkSync(repository, join(target, 'nestjs-goverse'));
}
