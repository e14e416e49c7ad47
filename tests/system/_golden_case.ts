/**
 * The text files of tests/golden: a title and where the rule comes from, then sections that each begin with a line
 * `=== NAME OPERANDS`. The files of a family and how it is launched:
 *
 * | section                           | content                                                                  |
 * |-----------------------------------|--------------------------------------------------------------------------|
 * | `node PATH`, `admin PATH`         | a configuration, without `headers` unless they matter; the last is launched |
 * | `status PATH`                     | a status file, where it is not the usual one                             |
 * | `file PATH`                       | any other file                                                           |
 * | `options`                         | command line of redwrap, one word a line                                 |
 * | `environment`                     | the launcher's: `NAME=VALUE` lines; empty otherwise                       |
 * | `directory`                       | the launcher's; `/` otherwise                                            |
 * | `descriptor`                      | `NUMBER PATH` lines: files that the launcher has open                    |
 * | `helper`                          | options of unshare(1) for a process whose namespaces can be joined       |
 *
 * What is expected, each also with `compat ` before its name for the same under `REDPAK_COMPAT=1`:
 *
 * | section    | content                                                                                        |
 * |------------|------------------------------------------------------------------------------------------------|
 * | `dump`     | standard output of `--dump-only`, without its first line and the program                       |
 * | `warnings` | for each warning a line with a part of its text                                                |
 * | `facts`    | what the sandbox shows and no argument in the dump says                                        |
 * | `error`    | `exit STATUS` and parts of the message, where nothing can be dumped nor launched               |
 * | `failure`  | the same for a launch that fails although it can be dumped                                     |
 *
 * A section `unlaunched` says why the case is only dumped.
 */
export interface GoldenCase {
  readonly title: string;
  /** Path and text of every file of the family. */
  readonly files: ReadonlyMap<string, string>;
  /** Path of the node that is launched. */
  readonly leaf: string;
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly descriptors: readonly (readonly [number: string, path: string])[];
  readonly helper: readonly string[] | undefined;
  /** Why the case is only dumped; absent where it is launched as well. */
  readonly unlaunched: string | undefined;
  readonly strict: Expected | undefined;
  readonly compat: Expected | undefined;
}

/** What is expected in one manner. */
export interface Expected {
  readonly dump: string | undefined;
  readonly warnings: readonly string[];
  readonly facts: readonly Fact[];
  readonly error: Refusal | undefined;
  readonly failure: Refusal | undefined;
}

/** A line of `facts`: a word, a key, and a text, which is in JSON where it begins with `"`. */
export interface Fact {
  readonly words: readonly string[];
}

export interface Refusal {
  readonly status: number;
  readonly parts: readonly string[];
}

/** The export that gives the leaf the program that every case runs. */
const PROBE = "  - { mode: RestrictedFile, mount: /probe, path: $NODE_PATH/probe }\n";

const COMPAT = "compat ";

/** @throws {Error} for a section that there is not, or one that is missing */
export function parseGoldenCase(text: string): GoldenCase {
  const [title = "", ...blocks] = text.split(/^=== /m);
  const sections = new Map(blocks.map((block): [string, string] => {
    const end = block.indexOf("\n");
    return [block.slice(0, end), block.slice(end + 1).replace(/\n+$/, "\n")];
  }));
  if (sections.size < blocks.length) throw new Error("a section stands twice");
  const take = (name: string): string | undefined => {
    const content = sections.get(name);
    sections.delete(name);
    return content;
  };
  const lines = (name: string): string[] | undefined => splitLines(take(name));
  const options = lines("options") ?? [];
  const environment = Object.fromEntries((lines("environment") ?? []).map(splitVariable));
  const directory = lines("directory")?.[0] ?? "/";
  const descriptors = (lines("descriptor") ?? []).map((line) => line.split(" ") as [string, string]);
  const helper = lines("helper");
  const unlaunched = lines("unlaunched")?.[0];
  const expected = (manner: string): Expected | undefined => {
    const [dump, error, failure] = [take(`${manner}dump`), lines(`${manner}error`), lines(`${manner}failure`)];
    if (dump === undefined && error === undefined) return undefined;
    return {
      dump,
      warnings: lines(`${manner}warnings`) ?? [],
      facts: (lines(`${manner}facts`) ?? []).map(parseFact),
      error: parseRefusal(error),
      failure: parseRefusal(failure),
    };
  };
  const strict = expected("");
  const compat = expected(COMPAT);
  if (strict === undefined && compat === undefined) throw new Error("neither a dump nor an error is expected");
  const { files, leaf } = listFiles(sections);
  return {
    title: title.trim().split("\n")[0] ?? "",
    files,
    leaf,
    options,
    environment,
    directory,
    descriptors,
    helper,
    unlaunched,
    strict,
    compat,
  };
}

function splitLines(text: string | undefined): string[] | undefined {
  return text?.split("\n").slice(0, -1);
}

function splitVariable(line: string): [string, string] {
  const equals = line.indexOf("=");
  return [line.slice(0, equals), line.slice(equals + 1)];
}

function parseFact(line: string): Fact {
  const quoted = line.indexOf(' "');
  if (quoted < 0) return { words: line.split(" ") };
  return { words: [...line.slice(0, quoted).split(" "), JSON.parse(line.slice(quoted + 1))] };
}

function parseRefusal(lines: readonly string[] | undefined): Refusal | undefined {
  if (lines === undefined) return undefined;
  const [first = "", ...parts] = lines;
  const status = /^exit (\d+)$/.exec(first)?.[1];
  if (status === undefined) throw new Error(`expected "exit STATUS", got "${first}"`);
  return { status: Number(status), parts };
}

/** What is left of the sections are files. */
function listFiles(sections: ReadonlyMap<string, string>) {
  const files = new Map<string, string>();
  let leaf: string | undefined;
  for (const name of sections.keys()) if (name.startsWith("node ")) leaf = name.slice("node ".length);
  if (leaf === undefined) throw new Error("there is no node");
  for (const [name, text] of sections) {
    const [kind = "", path = ""] = name.split(" ");
    const alias = path.slice(path.lastIndexOf("/") + 1);
    switch (kind) {
      case "node":
        files.set(
          `${path}/etc/redpak.yaml`,
          path === leaf ? withProbe(withHeaders(alias, text)) : withHeaders(alias, text),
        );
        if (!sections.has(`status ${path}`)) files.set(`${path}/.rednode.yaml`, STATUS);
        break;
      case "admin":
        files.set(`${path}/etc/redpak-admin.yaml`, withHeaders(`${alias}-admin`, text));
        break;
      case "status":
        files.set(`${path}/.rednode.yaml`, text);
        break;
      case "file":
        files.set(path, text);
        break;
      default:
        throw new Error(`there is no section "${name}"`);
    }
  }
  return { files, leaf };
}

const STATUS = "realpath: /\ntimestamp: 1700000000000\nstate: Enable\n";

function withHeaders(alias: string, text: string): string {
  return /^headers:/m.test(text) ? text : `headers:\n  alias: ${alias}\n  name: n-${alias}\n  info: test\n${text}`;
}

function withProbe(text: string): string {
  const exports = "exports:\n";
  const at = text.search(/^exports:$/m);
  if (at < 0) return `${text}${exports}${PROBE}`;
  return text.slice(0, at + exports.length) + PROBE + text.slice(at + exports.length);
}
