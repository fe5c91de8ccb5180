import { typed } from "./typed.ts";

typed("docs/tutorial.md");
