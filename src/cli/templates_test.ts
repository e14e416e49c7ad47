import assert from "node:assert/strict";
import { parseConfig } from "../config/parse.ts";
import { TEMPLATES } from "./templates.ts";

/** Directories of a system: no export may make them where they are missing. */
const SYSTEM = /^\/(usr|bin|sbin|lib|lib64|etc)(\/|$)/;

for (const [name, { normal, admin }] of Object.entries(TEMPLATES)) {
  for (const [part, text] of [["normal", normal], ["admin", admin]] as const) {
    Deno.test(`the template ${name}-${part} never makes a directory of the system`, async () => {
      const { config } = await parseConfig(text, `${name}-${part}`, part);
      for (const entry of config.exports ?? []) {
        const source = entry.path ?? entry.mount;
        if (SYSTEM.test(source)) assert.equal(entry.optional, true, source);
      }
    });

    Deno.test(`the template ${name}-${part} exports nothing of the host for writing`, async () => {
      const { config } = await parseConfig(text, `${name}-${part}`, part);
      const writable = (config.exports ?? []).filter(({ mode }) => /^(Public|Private)(File)?$/.test(mode));
      for (const { path } of writable) assert.match(path ?? "", /^\$NODE_PATH/);
    });
  }
}
