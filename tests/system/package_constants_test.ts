/** The numbers in ffi/librpm and ffi/libsolv against a C compiler. */
import assert from "node:assert/strict";
import { TABLES as RPM_TABLES } from "../../ffi/librpm/constants.ts";
import { TABLES as SOLV_TABLES } from "../../ffi/libsolv/constants.ts";
import { LAYOUT } from "../../ffi/libsolv/layout.ts";
import { evaluateC } from "./_evaluate_c.ts";

const RPM_HEADERS = `
#include <stdio.h>
#include <rpm/header.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmcallback.h>
#include <rpm/rpmds.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmprob.h>
#include <rpm/rpmtag.h>
#include <rpm/rpmte.h>
#include <rpm/rpmts.h>
#include <rpm/rpmtypes.h>
`;
const SOLV_HEADERS = `
#include <stddef.h>
#include <stdio.h>
#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_rpmdb.h>
#include <solv/selection.h>
#include <solv/solver.h>
`;

type Tables = Readonly<Record<string, Readonly<Record<string, number>>>>;

function flatten(tables: Tables): Record<string, number> {
  return Object.fromEntries(
    Object.entries(tables).flatMap(([prefix, table]) =>
      Object.entries(table).map(([name, value]) => [`${prefix}_${name}`, value])
    ),
  );
}

async function compare(headers: string, expected: Record<string, number>, enums: ReadonlySet<string>): Promise<void> {
  const found = await evaluateC(headers, Object.fromEntries(Object.keys(expected).map((name) => [name, name])), enums);
  for (const [name, value] of Object.entries(expected)) assert.equal(found.get(name), value, name);
}

Deno.test("constants of librpm are those of its headers", async () => {
  const expected = flatten(RPM_TABLES);
  const enums = Object.keys(expected).filter((name) => !name.startsWith("RMIL_"));
  await compare(RPM_HEADERS, expected, new Set(enums));
});

Deno.test("constants of libsolv are those of its headers", async () => {
  await compare(SOLV_HEADERS, flatten(SOLV_TABLES), new Set(["SOLVER_RULE_JOB"]));
});

Deno.test("offsets and sizes of libsolv's structs are those of its headers", async () => {
  const expected = flatten(LAYOUT);
  const expressions = Object.fromEntries(
    Object.entries(LAYOUT).flatMap(([struct, members]) =>
      Object.keys(members).map((member) => [
        `${struct}_${member}`,
        member === "size" ? `sizeof(${struct})` : `offsetof(${struct}, ${member})`,
      ])
    ),
  );
  const found = await evaluateC(SOLV_HEADERS, expressions, new Set());
  for (const [name, value] of Object.entries(expected)) assert.equal(found.get(name), value, name);
});
