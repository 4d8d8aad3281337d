// schema.mjs PACKAGE_LIB KIND:TYPE...: prints, as JSON, the schema of resources and data sources of the AWS provider, read
// from the bindings that were generated from it.
import fs from "node:fs";
import path from "node:path";

const [lib, ...types] = process.argv.slice(2);

function objectOf(source, start) {
  let depth = 0;
  for (let index = start; index < source.length; index++) {
    if (source[index] === "{") depth++;
    if (source[index] === "}" && --depth === 0) return source.slice(start, index + 1);
  }
  throw new Error("not closed");
}

// The "attrs" object of a function: name -> {isBlock, type, storageClassType, struct}
function attributesIn(body) {
  const start = body.indexOf("const attrs = {");
  if (start < 0) return {};
  const text = objectOf(body, body.indexOf("{", start));
  const found = {};
  const entry = /^\s+(\w+): \{\s*\n\s*value: (.*),\n\s*isBlock: (true|false),\n\s*type: "(\w+)",\n\s*storageClassType: "(\w+)",/gm;
  for (const [, name, value, isBlock, type, storage] of text.matchAll(entry)) {
    const struct = value.match(/\b(\w+)ToHclTerraform\b/g)?.map((part) => part.replace("ToHclTerraform", "")).find((part) => !["string", "number", "boolean", "any", "hashMapper"].includes(part));
    found[name] = { isBlock: isBlock === "true", type, storage, struct };
  }
  return found;
}

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/([a-z])(\d)/g, "$1$2");

// Which properties of an interface are required.
function requiredOf(types, name) {
  const match = types.match(new RegExp(`export interface ${name}(?: extends [\\w.]+)? \\{([\\s\\S]*?)\\n\\}`));
  if (!match) return {};
  const found = {};
  for (const [, property, optional] of match[1].matchAll(/^\s+readonly (\w+)(\??):/gm)) found[property] = optional === "";
  return found;
}

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const structName = (name) => name[0].toUpperCase() + name.slice(1);

function primitive(storage) {
  return { string: "string", number: "number", boolean: "bool", stringList: ["list", "string"], numberList: ["list", "number"], booleanList: ["list", "bool"], stringMap: ["map", "string"], numberMap: ["map", "number"], booleanMap: ["map", "bool"], any: "dynamic", anyMap: ["map", "string"] }[storage];
}

function typeOf(attribute) {
  const kind = primitive(attribute.storage);
  if (!kind) return "dynamic";
  if (Array.isArray(kind) && kind[0] === "list") return [attribute.type === "set" ? "set" : "list", kind[1]];
  return kind;
}

function blockOf(source, declarations, attributes, interfaceName, depth = 0) {
  const required = requiredOf(declarations, interfaceName);
  const block = { attributes: {}, blocks: {} };
  for (const [name, attribute] of Object.entries(attributes)) {
    const isRequired = required[camel(name)] === true;
    if (attribute.isBlock && attribute.struct && depth < 8) {
      const at = source.indexOf(`function ${attribute.struct}ToHclTerraform(struct) {`);
      const body = objectOf(source, source.indexOf("{", at));
      block.blocks[name] = { nesting: attribute.type === "struct" ? "single" : attribute.type, required: isRequired,
        block: blockOf(source, declarations, attributesIn(body), structName(attribute.struct), depth + 1) };
    } else {
      block.attributes[name] = { type: typeOf(attribute), required: isRequired };
    }
  }
  return block;
}

const output = { resources: {}, data: {} };
for (const wanted of types) {
  const [kind, type] = wanted.split(":");
  const place = path.join(lib, kind === "data" ? `data-aws-${type.replace(/_/g, "-")}` : type.replace(/_/g, "-"));
  const source = fs.readFileSync(path.join(place, "index.js"), "utf8");
  const declarations = fs.readFileSync(path.join(place, "index.d.ts"), "utf8");
  const className = source.match(/^class (\w+) extends cdktf\.Terraform(?:Resource|DataSource)/m)[1];
  const start = source.indexOf("synthesizeHclAttributes() {");
  const block = blockOf(source, declarations, attributesIn(source.slice(start)), `${className}Config`);
  // What the provider computes, and nobody can set.
  const body = declarations.slice(declarations.indexOf(`export declare class ${className} extends`));
  for (const [, name, kindOf] of body.matchAll(/^    get (\w+)\(\): ([\w.<>\[\]]+);/gm)) {
    const attribute = snake(name);
    if (attribute.endsWith("_input") || name.endsWith("Input") || ["fqn", "friendly_unique_id"].includes(attribute)) continue;
    if (!(attribute in block.attributes) && !(attribute in block.blocks)) {
      const computed = { string: "string", number: "number", "string[]": ["list", "string"], "cdktf.IResolvable": "bool", "cdktf.StringMap": ["map", "string"] }[kindOf] ?? "dynamic";
      block.attributes[attribute] = { type: computed, computed: true, required: false };
    } else if (attribute in block.attributes && !block.attributes[attribute].required) {
      block.attributes[attribute].alsoComputed = true;
    }
  }
  block.attributes.id ??= { type: "string", computed: true, required: false };
  output[kind === "data" ? "data" : "resources"][`aws_${type}`] = block;
}
process.stdout.write(JSON.stringify(output));
