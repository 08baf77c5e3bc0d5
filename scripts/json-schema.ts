import ts from 'typescript';

type Schema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of an exported interface, with what its comments say as descriptions. Interfaces become definitions, so that a validator
 * names them. It knows what data consists of: literals, primitives, arrays, tuples, unions, records and interfaces.
 *
 * @param file the TypeScript file
 * @param name the interface
 * @throws Error for a type that is no data
 */
export function jsonSchema(file: string, name: string): Schema {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const program = ts.createProgram([file], { ...options, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
  const symbol = module && checker.getExportsOfModule(module).find((each) => each.name === name);
  if (!symbol) throw new Error(`${file} exports no ${name}.`);

  const definitions = new Map<string, Schema>();
  const root = schemaOf(checker.getDeclaredTypeOfSymbol(symbol));
  return { ...root, $defs: Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1))) };

  function schemaOf(type: ts.Type): Schema {
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === 'true' };
    if (type.flags & ts.TypeFlags.String) return { type: 'string' };
    if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
    if (type.flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.isUnion()) return unionOf(type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined)));
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type as ts.TypeReference).map(schemaOf);
      return { type: 'array', prefixItems: items, minItems: items.length, items: false };
    }
    if (checker.isArrayType(type)) return { type: 'array', items: schemaOf(checker.getTypeArguments(type as ts.TypeReference)[0]!) };
    if (type.flags & ts.TypeFlags.Object) return objectOf(type);
    throw new Error(`${checker.typeToString(type)} is no data, so that it has no JSON Schema.`);
  }

  function unionOf(types: readonly ts.Type[]): Schema {
    const alternatives = types.map(schemaOf);
    const values = alternatives.map((each) => each['const']);
    if (alternatives.length === 1) return alternatives[0]!;
    if (values.every((value) => typeof value === 'boolean')) return { type: 'boolean' };
    return values.every((value) => value !== undefined) ? { enum: values.sort() } : { anyOf: alternatives };
  }

  function objectOf(type: ts.Type): Schema {
    const { symbol } = type;
    const isInterface = (symbol.flags & ts.SymbolFlags.Interface) !== 0;
    if (!isInterface) return propertiesOf(type);
    if (!definitions.has(symbol.name)) {
      definitions.set(symbol.name, {});
      definitions.set(symbol.name, { ...describe(symbol), ...propertiesOf(type) });
    }
    return { $ref: `#/$defs/${symbol.name}` };
  }

  function propertiesOf(type: ts.Type): Schema {
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (index) return { type: 'object', additionalProperties: schemaOf(index.type) };
    const properties = checker.getPropertiesOfType(type);
    const required = properties.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map((property) => property.name);
    return {
      type: 'object',
      properties: Object.fromEntries(
        properties.map((property) => [property.name, { ...describe(property), ...schemaOf(checker.getTypeOfSymbol(property)) }]),
      ),
      required,
    };
  }

  function describe(symbol: ts.Symbol): Schema {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    return text === '' ? {} : { description: text.replace(/\s*\n\s*(?!-)/g, ' ') };
  }
}
