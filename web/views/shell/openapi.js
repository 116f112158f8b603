// Reads an OpenAPI 3.1 document: its operations by tag, its schemas with references followed, and their types in words.
const METHODS = ["get", "post", "put", "patch", "delete"];

export function resolve(doc, thing) {
  let found = thing;
  for (let steps = 0; found?.$ref && steps < 10; steps += 1) {
    found = found.$ref
      .replace(/^#\//, "")
      .split("/")
      .reduce((part, name) => part?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], doc);
  }
  return found ?? {};
}

// [{ name, description, operations: [{ method, path, …operation }] }] in the order of the document's tags; "" are those without one.
export function operationsByTag(doc) {
  const tags = new Map((doc.tags ?? []).map((tag) => [tag.name, { ...tag, operations: [] }]));
  for (const [path, item] of Object.entries(doc.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const name = operation.tags?.[0] ?? "";
      if (!tags.has(name)) tags.set(name, { name, operations: [] });
      tags.get(name).operations.push({
        ...operation,
        method,
        path,
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(doc, one)),
      });
    }
  }
  return [...tags.values()].filter((tag) => tag.operations.length > 0);
}

const CLOSED = " No API key opens this.";

// The document with what it says of calls, parameters and subjects in other words: of a call by method and path, a title and, on
// the next line, more; of a parameter by what the document says.
export function inWords(doc, words) {
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      for (const one of item[method].parameters ?? []) {
        const description = words[`parameter ${one.description}`];
        if (description) Object.assign(one, { description, lang: "ja" });
      }
      const said = words[`${method} ${path.replace("/api/v1", "")}`];
      if (!said) continue;
      const [summary, more] = said.split("\n");
      const closed = ` ${item[method].description ?? ""}`.endsWith(CLOSED) ? words.closed : "";
      Object.assign(item[method], { summary, description: (more ?? "") + closed, lang: null });
    }
  }
  Object.assign(doc.info, { description: words.info, lang: null });
  for (const tag of doc.tags ?? []) {
    const said = words[`tag ${tag.name}`];
    if (said) Object.assign(tag, { description: said, lang: null });
  }
  return doc;
}

const nameOfRef = (schema) => schema.$ref?.split("/").at(-1);

// The variants of a schema without null, and whether null is one.
function variants(schema) {
  const all = schema.oneOf ?? schema.anyOf ?? [schema];
  return { all: all.filter((one) => one.type !== "null"), nullable: all.some((one) => one.type === "null") };
}

// "array of User", "string (date-time) or null": for the eyes of programmers, in the words of JSON Schema.
export function typeText(doc, schema) {
  if (!schema || Object.keys(schema).length === 0) return "any";
  if (nameOfRef(schema)) return nameOfRef(schema);
  const { all, nullable } = variants(schema);
  if (schema.oneOf ?? schema.anyOf)
    return [...all.map((one) => typeText(doc, one)), ...(nullable ? ["null"] : [])].join(" or ");
  if (schema.allOf) return schema.allOf.map(nameOfRef).find(Boolean) ?? "object";
  const types = [schema.type ?? (schema.properties ? "object" : "any")].flat();
  return types
    .map((type) =>
      type === "array"
        ? `array of ${typeText(doc, schema.items)}`
        : type === "null"
          ? type
          : schema.format
            ? `${type} (${schema.format})`
            : type,
    )
    .join(" or ");
}

// The properties to show below a schema: of the object, of the items of an array, of the one variant that is not null.
export function propertiesOf(doc, schema, seen = new Set()) {
  if (!schema) return [];
  const name = nameOfRef(schema);
  if (name && seen.has(name)) return [];
  const next = name ? new Set([...seen, name]) : seen;
  const own = resolve(doc, schema);
  if (own.allOf) return own.allOf.flatMap((part) => propertiesOf(doc, part, next));
  if (own.oneOf ?? own.anyOf) return variants(own).all.flatMap((one) => propertiesOf(doc, one, next));
  if (own.items) return propertiesOf(doc, own.items, next);
  return Object.entries(own.properties ?? {}).map(([key, value]) => ({
    name: key,
    schema: value,
    about: resolve(doc, value),
    required: own.required?.includes(key) ?? false,
    seen: next,
  }));
}

export function jsonSchema(content) {
  return content?.["application/json"]?.schema ?? Object.values(content ?? {})[0]?.schema;
}
