/** The thread that helps to verify. It needs no secret, and cannot reach code that decrypts: a test follows its imports. */

import { CHECK } from "../envelope/check.ts";
import { serve } from "./worker.ts";

serve(CHECK);
