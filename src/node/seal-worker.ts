/**
 * The thread that helps to pack and to unpack. Of the secrets it gets FLOE's AEAD key of one portion's segments, in shared
 * memory that is wiped when they are done; never a CEK, an identity or a passphrase.
 */

import { OPEN } from "../envelope/open.ts";
import { SEAL } from "../envelope/seal.ts";
import { serve } from "./worker.ts";

serve(SEAL, OPEN);
