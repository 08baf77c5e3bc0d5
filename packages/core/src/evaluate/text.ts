import type { TSESTree } from '@typescript-eslint/types';
import type { SourceFile } from '../source-file.ts';
import { cookedOffsets } from '../sql/cooked-offsets.ts';
import type { ConstantPart, HolePart, HoleRole, StaticText } from '../sql/static-text.ts';
import { argumentOf, isFunction, returnedExpressions } from '../syntax/functions.ts';
import { label, propertyName } from '../syntax/names.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { textReadBy } from './file-text.ts';
import { exportOf, type Located, meaningOf, origin } from './meaning.ts';

/**
 * What a template tag does with its holes.
 * - `bind`: every hole is a bound value, unless it is a fragment or an identifier made by the tag's own helpers.
 * - `decide`: Drizzle's `sql`, and tags of unknown origin: a hole may also be a table, a column or a fragment.
 * - `paste`: `String.raw`, `dedent`: holes are pasted in.
 */
export type TagKind = 'bind' | 'decide' | 'paste';

/** How a text is looked at: in which file it is used, and what the tags in it do. */
export interface TextView {
  readonly world: World;
  readonly file: SourceFile;
  readonly tagKind: (tag: TSESTree.Node, file: SourceFile) => TagKind | undefined;
}

/** More alternatives than this are not followed: the rest is a hole. */
const maxVariants = 16;
const maxDepth = 24;
/** Expressions looked at for one text; what lies beyond is a hole. Bounds the work on code that calls itself in many ways. */
const maxSteps = 2000;

type Part = ConstantPart | HolePart;
type Text = readonly Part[];
/** What the parameters of an inlined function stand for. */
type Bindings = ReadonlyMap<TSESTree.Node, { readonly at: Located; readonly bindings: Bindings }>;
const noBindings: Bindings = new Map();

/**
 * The texts an expression can have, as far as the source tells: one, or one per branch of a conditional.
 * An expression of which nothing is known gives one text that is a hole.
 */
export function textsOf(at: Located, view: TextView): StaticText[] {
  const range = at.file === view.file ? at.node.range : ([0, 0] as const);
  return new Evaluation(view).text(at, noBindings, 0).map((parts) => ({ parts: merge(parts), at: [range[0], range[1]] as const }));
}

/** True when no word of a text is known. */
export function isOpaque(text: StaticText): boolean {
  return text.parts.every((part) => part.kind === 'hole' || part.value.trim() === '');
}

function merge(parts: Text): Part[] {
  return parts.filter((part) => part.kind === 'hole' || part.value !== '');
}

/** Methods of the tags' own helpers, by what their argument becomes. */
const helperRoles: Readonly<Record<string, HoleRole | 'inline' | 'join'>> = {
  raw: 'inline',
  unsafe: 'inline',
  lit: 'inline',
  literal: 'inline',
  literalValue: 'inline',
  identifier: 'identifier',
  id: 'identifier',
  ref: 'identifier',
  table: 'identifier',
  column: 'identifier',
  placeholder: 'value',
  param: 'value',
  val: 'value',
  value: 'value',
  json: 'value',
  jsonb: 'value',
  array: 'value',
  typed: 'value',
  join: 'join',
};

class Evaluation {
  private readonly view: TextView;
  private steps = 0;

  constructor(view: TextView) {
    this.view = view;
  }

  text(at: Located, bindings: Bindings, depth: number): Text[] {
    if (depth > maxDepth || ++this.steps > maxSteps) return [this.hole(at, 'text')];
    const node = unwrapAwait(at.node);
    const { file } = at;
    const again = (next: TSESTree.Node): Text[] => this.text({ node: next, file }, bindings, depth + 1);
    switch (node.type) {
      case 'Literal':
        if (typeof node.value === 'string') return [[this.constant(file, [node.range[0] + 1, node.range[1] - 1])]];
        return node.value === null || typeof node.value === 'object'
          ? [this.hole(at, 'text')]
          : [[{ kind: 'constant', value: String(node.value) }]];
      case 'TemplateLiteral':
        return this.template(node, file, false, again);
      case 'TaggedTemplateExpression': {
        const kind = this.view.tagKind(node.tag, file);
        if (!kind) return [this.hole(at, 'text')];
        if (kind !== 'paste')
          return this.template(node.quasi, file, false, (hole) => this.boundHole({ node: hole, file }, kind, bindings, depth + 1));
        return this.template(node.quasi, file, exportOfGlobal(node.tag) === 'String.raw', again);
      }
      case 'BinaryExpression':
        return node.operator === '+' ? product([again(node.left), again(node.right)]) : [this.hole(at, 'text')];
      case 'ConditionalExpression':
        return union(again(node.consequent), again(node.alternate));
      case 'LogicalExpression':
        return node.operator === '&&' ? union(again(node.right), [[]]) : union(again(node.left), again(node.right));
      case 'SequenceExpression':
        return again(node.expressions.at(-1)!);
      case 'CallExpression':
        return this.call(node, at, bindings, depth) ?? [this.hole(at, 'text')];
      case 'Identifier':
        return this.identifier(node, at, bindings, depth) ?? [this.hole(at, 'text')];
      case 'MemberExpression':
        return this.member(node, at, bindings, depth) ?? [this.hole(at, 'text')];
      default:
        return [this.hole(at, 'text')];
    }
  }

  /** A hole of a template whose tag binds values. */
  private boundHole(at: Located, kind: 'bind' | 'decide', bindings: Bindings, depth: number): Text[] {
    const node = unwrap(at.node);
    const role = kind === 'bind' ? 'value' : 'unknown';
    if (depth > maxDepth || ++this.steps > maxSteps) return [this.hole(at, role)];
    const again = (next: TSESTree.Node): Text[] => this.boundHole({ node: next, file: at.file }, kind, bindings, depth + 1);
    switch (node.type) {
      case 'Literal':
        return [this.hole(at, 'value')];
      case 'TemplateLiteral':
        return [this.hole(at, 'value')];
      case 'TaggedTemplateExpression':
        return this.view.tagKind(node.tag, at.file) ? this.text(at, bindings, depth + 1) : [this.hole(at, role)];
      case 'ConditionalExpression':
        return this.isFragment(node.consequent, at.file) || this.isFragment(node.alternate, at.file)
          ? union(again(node.consequent), again(node.alternate))
          : [this.hole(at, role)];
      case 'CallExpression': {
        const callee = unwrap(node.callee);
        const [argument] = node.arguments;
        if (callee.type === 'MemberExpression') {
          const helper = helperRoles[propertyName(callee) ?? ''];
          const onTag =
            this.view.tagKind(callee.object, at.file) !== undefined ||
            /^(sql|SQL|Prisma|t|eb)$/.test(label(at.file.text, callee.object.range));
          if (helper && argument && onTag) {
            if (helper === 'inline') return this.text({ node: argument, file: at.file }, bindings, depth + 1);
            if (helper === 'join') return this.join(argument, node.arguments[1], at.file, again) ?? [this.hole(at, 'text')];
            return [this.hole(at, helper)];
          }
        }
        // postgres.js: `sql(name)` in a hole quotes an identifier.
        if (kind === 'bind' && callee.type === 'Identifier' && this.view.tagKind(callee, at.file)) return [this.hole(at, 'identifier')];
        const inlined = this.inlined(node, at, bindings, depth, (body, inner) =>
          this.isFragment(body.node, body.file) ? this.text(body, inner, depth + 1) : undefined,
        );
        return inlined ?? [this.hole(at, role)];
      }
      case 'Identifier':
      case 'MemberExpression': {
        if (node.type === 'Identifier' && this.isPrimitive(node, at.file)) return [this.hole(at, 'value')];
        const bound = node.type === 'Identifier' ? this.bound(node, at.file, bindings) : undefined;
        if (bound) return this.boundHole(bound.at, kind, bound.bindings, depth + 1);
        const there = origin(at, this.view.world.semantics);
        if (there.node === node) return [this.hole(at, role)];
        if (this.isFragment(there.node, there.file)) return this.boundHole(there, kind, bindings, depth + 1);
        return [this.hole(at, there.node.type === 'Literal' || there.node.type === 'TemplateLiteral' ? 'value' : role)];
      }
      default:
        return [this.hole(at, role)];
    }
  }

  /** What an expression can hold, as far as its declaration or the function that makes it says. */
  private contents(at: Located): HolePart['holds'] {
    const node = unwrap(at.node);
    if (node.type === 'Literal') return typeof node.value === 'number' ? 'number' : 'text';
    if (node.type === 'UnaryExpression' || node.type === 'UpdateExpression') return 'number';
    if (node.type === 'CallExpression') {
      const callee = unwrap(node.callee);
      const name = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' ? (propertyName(callee) ?? '') : '';
      if (/^(Number|parseInt|parseFloat|BigInt|floor|ceil|round|trunc|max|min|now)$/.test(name)) return 'number';
      return /escape|quote|ident|literal|format/i.test(name) ? 'quoted' : undefined;
    }
    if (node.type !== 'Identifier') return undefined;
    const type = this.declaredType(node, at.file);
    if (type === 'TSStringKeyword') return 'text';
    return type === 'TSNumberKeyword' || type === 'TSBooleanKeyword' ? 'number' : undefined;
  }

  private declaredType(node: TSESTree.Identifier, file: SourceFile): string | undefined {
    const meaning = meaningOf(node, file, this.view.world.semantics);
    return meaning && 'annotation' in meaning && (!('path' in meaning) || meaning.path.length === 0) ? meaning.annotation?.type : undefined;
  }

  /** A name declared as a string, a number or a Boolean. */
  private isPrimitive(node: TSESTree.Identifier, file: SourceFile): boolean {
    const type = this.declaredType(node, file);
    return type === 'TSStringKeyword' || type === 'TSNumberKeyword' || type === 'TSBooleanKeyword';
  }

  /** Whether an expression makes a piece of SQL rather than a value. */
  private isFragment(node: TSESTree.Node, file: SourceFile): boolean {
    const inner = unwrap(node);
    if (inner.type === 'TaggedTemplateExpression') return this.view.tagKind(inner.tag, file) !== undefined;
    if (inner.type === 'ConditionalExpression') return this.isFragment(inner.consequent, file) || this.isFragment(inner.alternate, file);
    if (inner.type !== 'CallExpression') return false;
    const callee = unwrap(inner.callee);
    if (callee.type !== 'MemberExpression') return this.view.tagKind(callee, file) !== undefined;
    return helperRoles[propertyName(callee) ?? ''] !== undefined && this.view.tagKind(callee.object, file) !== undefined;
  }

  private template(node: TSESTree.TemplateLiteral, file: SourceFile, raw: boolean, hole: (node: TSESTree.Node) => Text[]): Text[] {
    const pieces: Text[][] = [];
    for (const index of node.quasis.keys()) {
      const next = node.expressions[index];
      pieces.push([[this.constant(file, quasiRange(node, index), raw)]]);
      if (next) pieces.push(hole(next));
    }
    return product(pieces);
  }

  private call(node: TSESTree.CallExpression, at: Located, bindings: Bindings, depth: number): Text[] | undefined {
    const callee = unwrap(node.callee);
    const { file } = at;
    const again = (next: TSESTree.Node): Text[] => this.text({ node: next, file }, bindings, depth + 1);
    const [first, second] = node.arguments;
    if (callee.type === 'MemberExpression') {
      const method = propertyName(callee) ?? '';
      switch (method) {
        case 'trim':
        case 'trimStart':
        case 'trimEnd':
        case 'toString':
        case 'toSQL':
        case 'inlineParams':
        case 'compile':
          return again(callee.object);
        case 'concat':
        case 'append':
          if (method === 'append' && !this.isFragment(callee.object, file) && unwrap(callee.object).type !== 'Identifier') break;
          return product([again(callee.object), ...node.arguments.map((argument) => again(argument))]);
        case 'join': {
          const joined = this.join(callee.object, first, file, again);
          if (joined) return joined;
          break;
        }
      }
      const helper = helperRoles[method];
      if (
        helper &&
        first &&
        (this.view.tagKind(callee.object, file) || exportOf(callee.object, file, this.view.world.semantics)?.name === 'Prisma')
      ) {
        if (helper === 'inline') return again(first);
        if (helper === 'join') return this.join(first, second, file, again);
        return [this.hole(at, helper)];
      }
    }
    if (callee.type === 'Identifier' && callee.name === 'String' && first) return again(first);
    const read = textReadBy({ node, file }, this.view.world.semantics);
    if (read !== undefined) return [[{ kind: 'constant', value: read }]];
    if (first && isFormat(exportOf(callee, file, this.view.world.semantics))) return this.format(node, file, again);
    return this.inlined(node, at, bindings, depth, (body, inner) => this.text(body, inner, depth + 1));
  }

  /** pg-format: `%I` is an identifier, `%L` and `%s` are pasted in, `%%` is a percent sign. */
  private format(node: TSESTree.CallExpression, file: SourceFile, again: (node: TSESTree.Node) => Text[]): Text[] {
    let next = 1;
    return again(node.arguments[0]!).map((text) =>
      text.flatMap((part): Part[] => {
        if (part.kind === 'hole') return [part];
        const parts: Part[] = [];
        let from = 0;
        for (const match of part.value.matchAll(/%[ILs%]/g)) {
          parts.push(slice(part, from, match[0] === '%%' ? match.index + 1 : match.index));
          from = match.index + 2;
          if (match[0] === '%%') continue;
          const argument = node.arguments[next++];
          parts.push(...this.hole({ node: argument ?? node, file }, match[0] === '%I' ? 'identifier' : 'text'));
        }
        parts.push(slice(part, from, part.value.length));
        return parts;
      }),
    );
  }

  /** A call of a function in sight that only returns an expression, with its parameters replaced. */
  private inlined(
    node: TSESTree.CallExpression,
    at: Located,
    bindings: Bindings,
    depth: number,
    evaluate: (body: Located, bindings: Bindings) => Text[] | undefined,
  ): Text[] | undefined {
    if (depth > maxDepth) return undefined;
    const callee = unwrap(node.callee);
    if (callee.type !== 'Identifier') return undefined;
    const meaning = meaningOf(callee, at.file, this.view.world.semantics);
    const fn =
      meaning?.kind === 'function'
        ? { node: meaning.node, file: meaning.file }
        : meaning?.kind === 'value' && meaning.path.length === 0 && isFunction(unwrap(meaning.node))
          ? { node: unwrap(meaning.node), file: meaning.file }
          : undefined;
    if (!fn || !isFunction(fn.node) || fn.node.generator) return undefined;
    const [returned, ...others] = returnedExpressions(fn.node);
    if (!returned || others.length > 0) return undefined;
    const inner = new Map(bindings);
    for (const [index, parameter] of fn.node.params.entries()) {
      const argument = node.arguments[index];
      const name = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
      if (name.type !== 'Identifier') continue;
      const value = argument ? { at: { node: argument, file: at.file }, bindings } : undefined;
      if (value) inner.set(name, value);
    }
    return evaluate({ node: returned, file: fn.file }, inner);
  }

  private bound(node: TSESTree.Identifier, file: SourceFile, bindings: Bindings) {
    const meaning = meaningOf(node, file, this.view.world.semantics);
    return meaning?.kind === 'parameter' && meaning.path.length === 0 ? bindings.get(meaning.declaration) : undefined;
  }

  private identifier(node: TSESTree.Identifier, at: Located, bindings: Bindings, depth: number): Text[] | undefined {
    const { semantics } = this.view.world;
    const meaning = meaningOf(node, at.file, semantics);
    switch (meaning?.kind) {
      case 'value': {
        if (meaning.path.length > 0) {
          const there = origin(at, semantics);
          return there.node === node ? undefined : this.text(there, bindings, depth + 1);
        }
        const values = this.loopValues(meaning.declaration, meaning.file, depth);
        if (values) return values;
        const first = this.text({ node: meaning.node, file: meaning.file }, bindings, depth + 1);
        if (meaning.constant) return first;
        return this.assigned(first, meaning.assigned, meaning.file, bindings, depth);
      }
      case 'declared': {
        const values = this.loopValues(meaning.declaration, meaning.file, depth);
        return (
          values ?? (meaning.assigned.length > 0 ? this.assigned(undefined, meaning.assigned, meaning.file, bindings, depth) : undefined)
        );
      }
      case 'parameter': {
        const bound = meaning.path.length === 0 ? bindings.get(meaning.declaration) : undefined;
        if (bound) return this.text(bound.at, bound.bindings, depth + 1);
        // `statements.map((s) => client.query(s))`
        const position = argumentOf(meaning.fn);
        const callee = position && unwrap(position.call.callee);
        if (
          meaning.index === 0 &&
          position?.index === 0 &&
          callee?.type === 'MemberExpression' &&
          /^(map|forEach|flatMap)$/.test(propertyName(callee) ?? '')
        ) {
          return this.elements({ node: callee.object, file: meaning.file }, depth);
        }
        return undefined;
      }
      default:
        return undefined;
    }
  }

  /** What a variable that is assigned to can hold: `+=` appends, in the order of the source; `=` is another alternative. */
  private assigned(
    first: Text[] | undefined,
    assigned: readonly TSESTree.Node[],
    file: SourceFile,
    bindings: Bindings,
    depth: number,
  ): Text[] {
    let texts = first;
    for (const value of assigned.slice(0, maxVariants)) {
      const next = this.text({ node: value, file }, bindings, depth + 1);
      const operator = value.parent?.type === 'AssignmentExpression' ? value.parent.operator : '=';
      texts = texts === undefined ? next : operator === '+=' ? product([texts, next]) : union(texts, next);
    }
    return texts ?? [[]];
  }

  /** The values of the variable of a `for (const x of [..])`. */
  private loopValues(declaration: TSESTree.Identifier, file: SourceFile, depth: number): Text[] | undefined {
    const declarator = declaration.parent;
    const loop = declarator?.parent?.parent;
    if (declarator?.type !== 'VariableDeclarator' || loop?.type !== 'ForOfStatement' || loop.left !== declarator.parent) return undefined;
    return this.elements({ node: loop.right, file }, depth);
  }

  private elements(at: Located, depth: number): Text[] | undefined {
    const there = origin(at, this.view.world.semantics);
    if (there.node.type !== 'ArrayExpression') return undefined;
    const texts = there.node.elements.flatMap((element) =>
      element && element.type !== 'SpreadElement' ? this.text({ node: element, file: there.file }, noBindings, depth + 1) : [],
    );
    return texts.length > 0 ? texts.slice(0, 4 * maxVariants) : undefined;
  }

  private member(node: TSESTree.MemberExpression, at: Located, bindings: Bindings, depth: number): Text[] | undefined {
    const { semantics } = this.view.world;
    const name = propertyName(node);
    const object = unwrap(node.object);
    if (name === undefined) return undefined;
    if (object.type === 'Identifier') {
      const meaning = meaningOf(object, at.file, semantics);
      if (meaning?.kind === 'enum') {
        const member = meaning.node.body.members.find((candidate) => propertyKey(candidate.id) === name);
        return member?.initializer && this.text({ node: member.initializer, file: meaning.file }, noBindings, depth + 1);
      }
      if (meaning?.kind === 'class') return this.field(meaning.node, name, meaning.file, depth);
    }
    if (object.type === 'ThisExpression') {
      for (let above: TSESTree.Node | undefined = node.parent; above; above = above.parent) {
        if (above.type === 'ClassDeclaration' || above.type === 'ClassExpression') return this.field(above, name, at.file, depth);
      }
      return undefined;
    }
    const there = origin(at, semantics);
    return there.node === node ? undefined : this.text(there, bindings, depth + 1);
  }

  private field(
    node: TSESTree.ClassDeclaration | TSESTree.ClassExpression,
    name: string,
    file: SourceFile,
    depth: number,
  ): Text[] | undefined {
    const field = node.body.body.find((member) => member.type === 'PropertyDefinition' && propertyName(member) === name);
    if (field?.type !== 'PropertyDefinition' || !field.value || !(field.readonly || field.static || name.startsWith('#'))) return undefined;
    return this.text({ node: field.value, file }, noBindings, depth + 1);
  }

  /** `[a, b].join(separator)`. */
  private join(
    list: TSESTree.Node,
    separator: TSESTree.Node | undefined,
    file: SourceFile,
    element: (node: TSESTree.Node) => Text[],
  ): Text[] | undefined {
    const there = origin({ node: list, file }, this.view.world.semantics);
    if (there.node.type !== 'ArrayExpression') return undefined;
    const between = separator ? this.text({ node: separator, file }, noBindings, 1) : [[{ kind: 'constant', value: ',' } as const]];
    const pieces: Text[][] = [];
    for (const item of there.node.elements) {
      if (!item) continue;
      if (pieces.length > 0) pieces.push(between);
      if (item.type === 'SpreadElement') pieces.push([this.hole({ node: item.argument, file: there.file }, 'text')]);
      else pieces.push(there.file === file ? element(item) : this.text({ node: item, file: there.file }, noBindings, 1));
    }
    return product(pieces);
  }

  private constant(file: SourceFile, range: readonly [number, number], raw = false): ConstantPart {
    const source = file.text.slice(range[0], range[1]);
    const cooked = raw ? { value: source, offsets: undefined } : cookedOffsets(source);
    if (file !== this.view.file) return { kind: 'constant', value: cooked.value };
    return {
      kind: 'constant',
      value: cooked.value,
      range: [range[0], range[1]],
      ...(cooked.offsets && { offsets: cooked.offsets.map((offset) => offset + range[0]) }),
    };
  }

  private hole(at: Located, role: HoleRole): [HolePart] {
    const here = at.file === this.view.file;
    const holds = this.contents(at);
    return [
      {
        kind: 'hole',
        role,
        label: label(at.file.text, at.node.range, 40),
        ...(holds && { holds }),
        ...(here && { range: [at.node.range[0], at.node.range[1]] as const }),
      },
    ];
  }
}

/** Every combination of one alternative per piece, in order. */
function product(pieces: readonly Text[][]): Text[] {
  let texts: Text[] = [[]];
  for (const piece of pieces) {
    // Beyond the limit only the first alternative is followed: what is read stays right, some alternatives stay unread.
    const alternatives = texts.length * piece.length > maxVariants ? piece.slice(0, 1) : piece;
    texts = texts.flatMap((text) => alternatives.map((alternative) => [...text, ...alternative]));
  }
  return texts;
}

function union(a: Text[], b: Text[]): Text[] {
  return [...a, ...b].slice(0, maxVariants);
}

function slice(part: ConstantPart, from: number, to: number): ConstantPart {
  return {
    kind: 'constant',
    value: part.value.slice(from, to),
    ...(part.range && {
      range: part.offsets ? ([part.offsets[from]!, part.offsets[to]!] as const) : ([part.range[0] + from, part.range[0] + to] as const),
    }),
    ...(part.offsets && { offsets: part.offsets.slice(from, to + 1) }),
  };
}

/**
 * The range of one chunk of a template, without delimiters. Parsers differ in whether a `TemplateElement` takes in its `` ` ``, `}` and
 * `${`; the first one, which starts with the template itself or behind its backtick, tells.
 */
function quasiRange(template: TSESTree.TemplateLiteral, index: number): readonly [number, number] {
  const [start, end] = template.quasis[index]!.range;
  if (template.quasis[0]!.range[0] !== template.range[0]) return [start, end];
  return [start + 1, end - (index < template.quasis.length - 1 ? 2 : 1)];
}

function propertyKey(id: TSESTree.Node): string | undefined {
  return id.type === 'Identifier' ? id.name : id.type === 'Literal' ? String(id.value) : undefined;
}

function exportOfGlobal(tag: TSESTree.Node): string | undefined {
  const inner = unwrap(tag);
  return inner.type === 'MemberExpression' && inner.object.type === 'Identifier'
    ? `${inner.object.name}.${propertyName(inner) ?? ''}`
    : undefined;
}

function isFormat(callee: { module: string; name: string } | undefined): boolean {
  return (
    callee !== undefined &&
    (callee.module === 'pg-format' || callee.module === '@scaleleap/pg-format') &&
    /^(default|format|withArray)$/.test(callee.name)
  );
}
