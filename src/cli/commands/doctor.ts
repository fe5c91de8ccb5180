/** `dipbag doctor`: what this dipbag runs on. */

import type { Command } from "commander";
import { engine } from "#engine/public";
import { type Context, VERSION } from "../context.ts";
import { show } from "../output.ts";

export function command(command: Command, context: Context): void {
  command.description("Shows what this dipbag runs on, for a report about a fault.").action(async () => {
    const facts = {
      dipbag: VERSION,
      node: process.versions.node,
      system: `${process.platform} ${process.arch}`,
      engine: engine.description,
      home: context.home,
    };
    if (context.asJson) return context.json({ schema: "dipbag/doctor/1", ...facts });
    for (const [name, fact] of Object.entries(facts)) {
      await context.out(`${context.style.bold(name.padEnd(7))} ${show(fact)}\n`);
    }
  });
}
