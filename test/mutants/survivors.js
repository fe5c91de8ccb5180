// A reporter for Stryker that says at once who survives, so that a long run that is ended has not been for nothing.
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

class Survivors {
  onMutantTested({ fileName, location: { start }, mutatorName, replacement = "", status }) {
    if (status !== "Survived" && status !== "NoCoverage") return;
    const what = `${mutatorName} ${replacement.replace(/\s+/g, " ")}`;
    process.stdout.write(
      `${fileName}:${start.line}:${start.column} ${status === "Survived" ? "survived" : "is not run"}: ${what}\n`,
    );
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, "survivors", Survivors)];
