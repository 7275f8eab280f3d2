// Class weights in JavaScript, from weights.arrow.
//
//   npm install apache-arrow
//   node read_javascript.mjs weights.arrow

import { readFileSync } from "node:fs";
import { tableFromIPC } from "apache-arrow";

// readWeights returns the classes in channel order and the metadata. int64
// columns give BigInt; alpha is null for a class without instances.
export function readWeights(path) {
  const table = tableFromIPC(readFileSync(path));
  const meta = JSON.parse(table.schema.metadata.get("cocostat") ?? "{}");
  if (meta.format !== "weights/1") {
    throw new Error(`${path}: format ${meta.format}, want weights/1`);
  }
  return { classes: table.toArray().map((row) => row.toJSON()), meta };
}

const { classes } = readWeights(process.argv[2]);
for (const { name, alpha } of classes) {
  console.log(`${alpha ?? 1}\t${name}`);
}
