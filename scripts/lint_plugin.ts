/**
 * Lint rules that keep the layers apart where the editor shows it; `check_layers.ts` checks the whole module graph.
 */

import { isTest, layerOf, LAYERS, type Permission, refusal } from "./layers.ts";

const root = new URL("..", import.meta.url).pathname;

/** What each function of the `Deno` namespace asks permission for. */
const NEEDS: Readonly<Record<Permission, RegExp>> = {
  read: /^(?:readFile|readTextFile|open|stat|lstat|readDir|readLink|realPath|watchFs|chdir)(?:Sync)?$/,
  write:
    /^(?:writeFile|writeTextFile|mkdir|remove|rename|copyFile|link|symlink|truncate|chmod|chown|create|makeTempDir|makeTempFile|utime)(?:Sync)?$/,
  run: /^(?:Command|kill|spawn\w*)$/,
  env: /^env$/,
  ffi: /^(?:dlopen|Unsafe\w+)$/,
  sys: /^(?:hostname|osRelease|osUptime|loadavg|networkInterfaces|systemMemoryInfo|uid|gid|umask)$/,
  net: /^(?:connect|connectTls|listen|listenTls|listenDatagram|startTls|resolveDns|createHttpClient|serve)$/,
};

type Node = { source?: { value?: unknown } | null };

/** The imported file below the root, or the specifier of a package. */
function target(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return new URL(specifier, `file:///${from}`).pathname.slice(1);
  if (specifier.includes(":")) return specifier;
  return `npm:${/^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0]}`;
}

const layerImports: Deno.lint.Rule = {
  create(context) {
    if (!context.filename.startsWith(root)) return {};
    const file = context.filename.slice(root.length);
    const check = (node: unknown) => {
      const specifier = (node as Node).source?.value; // null for `export {}`, an expression for computed imports
      if (typeof specifier !== "string") return;
      const reason = refusal(file, target(file, specifier));
      if (reason === undefined) return;
      context.report({ node: node as Deno.lint.Node, message: reason, hint: "the table is scripts/layers.ts" });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

const layerPermissions: Deno.lint.Rule = {
  create(context) {
    const file = context.filename.slice(root.length);
    const layer = context.filename.startsWith(root) ? layerOf(file) : undefined;
    if (layer === undefined || isTest(file)) return {};
    const { permissions } = LAYERS[layer]!;
    const report = (node: Deno.lint.Node, what: string, needed: string) =>
      context.report({
        node,
        message: `"${what}" needs ${needed}, which ${layer} does not have`,
        hint: "take the value as a parameter, or move the code to a layer that has it (scripts/layers.ts)",
      });
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") return;
        const name = node.property.type === "Identifier" && !node.computed ? node.property.name : undefined;
        if (name === undefined) return report(node, "Deno[…]", "an unknown permission");
        const needed = (Object.keys(NEEDS) as Permission[]).find((kind) => NEEDS[kind].test(name));
        if (needed !== undefined && !permissions.includes(needed)) {
          report(node, `Deno.${name}`, `the ${needed} permission`);
        } else if (needed === undefined && isPure(layer)) report(node, `Deno.${name}`, "Deno");
      },
      VariableDeclarator(node) {
        if (node.init?.type === "Identifier" && node.init.name === "Deno") report(node, "Deno", "unknown permissions");
      },
      CallExpression(node) {
        const callee = node.callee;
        if (callee.type !== "Identifier" || callee.name !== "fetch" || permissions.includes("net")) return;
        report(node, "fetch", "the net permission");
      },
    };
  },
};

/** Code for any JavaScript engine: same input, same output. */
function isPure(layer: string): boolean {
  return layer.startsWith("src/") && LAYERS[layer]!.permissions.length === 0;
}

const zodMini: Deno.lint.Rule = {
  create(context) {
    return {
      ImportDeclaration(node) {
        const source = node.source.value;
        if (source !== "zod" && !source.startsWith("zod/") || node.importKind === "type") return;
        const whole = node.specifiers.length === 1 && node.specifiers[0]!.type === "ImportNamespaceSpecifier";
        if (whole && source === "zod/mini") return;
        context.report({
          node,
          message: `zod is imported ${whole ? "in its large form" : "by name"}`,
          hint: 'write `import * as z from "zod/mini"`: zod itself costs 70 KB and 15 ms more at every start, other ' +
            "forms of import defeat tree shaking",
        });
      },
    };
  },
};

/** Parts of the program import constants (`partOf` in program.ts). */
const constantExports: Deno.lint.Rule = {
  create(context) {
    return {
      ExportNamedDeclaration({ declaration }) {
        if (declaration?.type !== "VariableDeclaration" || declaration.kind === "const") return;
        context.report({
          node: declaration,
          message: "a variable that is exported can change",
          hint: "export a function",
        });
      },
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "redpak",
  rules: {
    "layer-imports": layerImports,
    "layer-permissions": layerPermissions,
    "zod-mini": zodMini,
    "constant-exports": constantExports,
  },
};
export default plugin;
