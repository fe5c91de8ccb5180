/** Where dipbag itself stands: the folder that holds package.json. */

/** Two levels up from src/cli and dist/cli, and from dist/bundle, which is one folder without others in it. */
export const ROOT = new URL("../../", import.meta.url);
