import { Scope, type Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper, Module } from '@nestjs/core/internal';
import {
  checkDeclaration,
  hasMethods,
  invalidObjectClass,
  readObjectMetadata,
  type ObjectMetadata,
} from '../decorators/index.js';

/** An object class and the module that lists it. */
export interface ObjectClass {
  readonly metadata: ObjectMetadata;
  /** What Nest knows of the class as a provider. */
  readonly provider: InstanceWrapper;
  readonly module: Module;
}

/**
 * Finds the object classes among the providers of an application, and refuses what is declared wrongly
 * (`INVALID_OBJECT_CLASS`).
 */
export class ObjectExplorer {
  constructor(private readonly modules: ModulesContainer) {}

  explore(): ObjectClass[] {
    const found = [...this.modules.values()].flatMap((module) => {
      for (const [, controller] of module.controllers) assertNoObject(controller);
      return [...module.providers.values()].flatMap((provider) => this.read(provider, module));
    });
    assertListedOnce(found);
    this.assertNotInjected(new Set(found.map(({ provider }) => provider)));
    return found;
  }

  private read(provider: InstanceWrapper, module: Module): ObjectClass[] {
    const cls = classOf(provider);
    if (cls === undefined) return [];
    checkDeclaration(cls);
    const metadata = readObjectMetadata(cls);
    if (metadata === undefined) return [];
    if (provider.scope !== Scope.TRANSIENT) {
      throw invalidObjectClass(
        `${cls.name} is constructed by Nest at start; remove @Injectable() from it and list the class itself in providers`,
      );
    }
    return [{ metadata, provider, module }];
  }

  private assertNotInjected(objects: ReadonlySet<InstanceWrapper>): void {
    for (const module of this.modules.values()) {
      for (const user of [...module.providers.values(), ...module.controllers.values()]) {
        const injected = dependenciesOf(user).find((dependency) => objects.has(dependency));
        if (injected === undefined) continue;
        throw invalidObjectClass(
          `${String(user.name)} injects the object class ${String(injected.name)}; inject GoverseService and call object(${String(injected.name)}, key)`,
        );
      }
    }
  }
}

/** The class Nest makes a provider of; undefined for values, factories and aliases. */
function classOf({ isNotMetatype, isAlias, metatype }: InstanceWrapper): Type<unknown> | undefined {
  return isNotMetatype || isAlias ? undefined : (metatype as Type<unknown>);
}

function assertNoObject(controller: InstanceWrapper): void {
  const cls = classOf(controller);
  if (cls === undefined) return;
  if (readObjectMetadata(cls))
    throw invalidObjectClass(`${cls.name} is an object; list it in providers, not in controllers`);
  if (hasMethods(cls)) checkDeclaration(cls);
}

function assertListedOnce(found: readonly ObjectClass[]): void {
  const modules = new Map<unknown, Module>();
  for (const { metadata, module } of found) {
    const other = modules.get(metadata.cls);
    if (other) {
      throw invalidObjectClass(
        `${metadata.cls.name} is listed in the providers of ${other.name} and of ${module.name}; list it in one module, whose dependencies it gets`,
      );
    }
    modules.set(metadata.cls, module);
  }
}

function dependenciesOf(provider: InstanceWrapper): InstanceWrapper[] {
  const properties = (provider.getPropertiesMetadata() ?? []).map(({ wrapper }) => wrapper);
  return [...(provider.getCtorMetadata() ?? []), ...properties].filter((dependency) => dependency !== undefined);
}
