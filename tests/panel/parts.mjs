/** Reads objects as JSON from standard input and writes what the panel draws for each. */

import { readFileSync } from "node:fs";

import { partsOf } from "../../webapp/panel/drawing/shapes.js";

const objects = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(objects.map(partsOf)));
