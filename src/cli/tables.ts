/** The sourced tables, from the package's data folder. */

import { readFileSync } from "node:fs";
import { readTables, type Tables } from "../label/tables/tables.ts";
import { ROOT } from "./root.ts";

/** @throws DipbagError ERR_TABLE where one is missing or damaged */
export const loadTables = (): Tables => readTables((name) => readFileSync(new URL(`data/${name}.json`, ROOT)));
