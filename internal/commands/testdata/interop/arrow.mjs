// Compares w.arrow in a folder with expected.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";

const folder = process.argv[2];
const { columns, meta } = JSON.parse(readFileSync(join(folder, "expected.json")));
const table = tableFromIPC(readFileSync(join(folder, "w.arrow")));
const { checksum, ...rest } = JSON.parse(table.schema.metadata.get("cocostat"));
assert.match(checksum, /^sha256:[0-9a-f]{64}$/);
assert.deepEqual(rest, meta);
assert.equal(table.numCols, Object.keys(columns).length);
for (const [name, want] of Object.entries(columns)) {
  const wide = ["category_id", "instances", "images"].includes(name);
  const got = [...table.getChild(name)];
  assert.deepEqual(got, wide ? want.map(BigInt) : want, name);
}
console.log("same");
