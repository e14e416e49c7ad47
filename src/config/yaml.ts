import { Composer, type CST, type Document, Lexer, Parser } from "yaml";
import type { Findings } from "./parse_findings.ts";
import { failTooDeep, TreeReader } from "./tree_reader.ts";
import { MAX_DEPTH, type Tree } from "./yaml_tree.ts";

/** What makes a file mean something else than it shows, by the first letter of its token. */
const FEATURES = new Map([
  ["&", { name: "anchors", hint: `put a text that begins with "&" in quotes` }],
  ["*", { name: "aliases", hint: `put a text that begins with "*" in quotes, or repeat the value` }],
  ["!", { name: "tags", hint: `put a text that begins with "!" in quotes` }],
]);

/**
 * Reads YAML of which every scalar stays its text. Tags, merge keys, several documents, anchors and aliases are refused;
 * with `compat` anchors and aliases are followed, and tags and documents after the first are ignored. (Older versions of
 * libyaml, and so of redpak, write a tag before every quoted text.)
 *
 * Findings that leave the meaning clear are only recorded, so that the caller can look for more.
 *
 * @throws {RedpakError} `E_CONFIG` where the text is no YAML or exceeds a limit
 */
export function readYaml(text: string, findings: Findings, compat: boolean): Tree {
  const document = compose(text, findings, compat);
  for (const { pos, message } of document.errors) {
    findings.add("E_YAML_SYNTAX", pos[0], findings.file, oneLine(message));
  }
  if (document.errors.length > 0) findings.check();
  for (const { code, pos, message } of document.warnings) {
    // The others are about tags, which are refused already, or ignored.
    if (code === "BAD_DIRECTIVE") findings.add("E_YAML_SYNTAX", pos[0], findings.file, oneLine(message));
  }
  if (document.contents === null) return findings.fail("E_VALUE_TYPE", 0, findings.file, "the file is empty");
  return new TreeReader(findings, compat).read(document.contents);
}

/**
 * The first document of the text.
 *
 * Drives the stages of the library by hand: its lexer and parser are loops, but what builds the nodes calls itself for
 * each level. So a nesting that would exhaust the stack is stopped here, before any node is built.
 */
function compose(text: string, findings: Findings, compat: boolean): Document.Parsed {
  const parser = new Parser();
  const composer = new Composer({
    schema: "failsafe",
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const features: { readonly at: number; readonly name: string; readonly hint: string }[] = [];

  function* tokens(): Generator<CST.Token> {
    for (const lexeme of new Lexer().lex(text)) {
      const feature = FEATURES.get(lexeme.charAt(0));
      if (feature !== undefined && !compat) features.push({ at: parser.offset, ...feature });
      yield* parser.next(lexeme);
      // Beside lists and mappings the stack holds the document and the scalar that is being read.
      if (parser.stack.length > MAX_DEPTH + 2) failTooDeep(findings, parser.offset);
    }
    yield* parser.end();
  }

  let documents = 0;
  let end = text.length;
  try {
    for (const token of tokens()) {
      if (token.type === "document" && ++documents === 2) {
        end = token.offset;
        break;
      }
      // A step has something to give back only when a second document begins.
      composer.next(token).next();
    }
    for (const { at, name, hint } of features) {
      if (at < end) findings.add("E_YAML_FEATURE", at, findings.file, `${name} are not allowed`, [hint]);
    }
    if (documents === 2 && !compat) {
      findings.add("E_YAML_FEATURE", end, findings.file, "a second document is not allowed");
    }
    return composer.end(true, end).next().value as Document.Parsed;
  } catch (error) {
    // The depth is bounded above; should the library still run out of stack, the text is at fault, not redpak.
    if (!(error instanceof RangeError)) throw error;
    return findings.fail("E_YAML_LIMIT", parser.offset, findings.file, "too much to read at once");
  }
}

/** Messages of the library may hold a piece of the text, however long. */
function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, " ");
  return line.length > 160 ? line.slice(0, 159).toWellFormed() + "…" : line;
}
