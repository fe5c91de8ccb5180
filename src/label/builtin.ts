/**
 * The policy packs that come with dipbag, as the exact text of spec/policies/*.json (a test holds them identical): a
 * policy is named by the SHA-256 of these bytes.
 */

import { utf8 } from "../bytes.ts";
import { type Proven, proven } from "../proof.ts";
import { remembered } from "../remember.ts";
import { type Policy, readPolicy } from "./policy.ts";

/** A policy, and what names it. What is built in is proven by being here. */
export interface BuiltIn extends Proven<"policy"> {
  /** The policy's. */
  readonly name: string;
  readonly policy: Policy;
  /** The payload bytes of the pack. */
  readonly payload: Uint8Array;
}

/** FIRST TLP 2.0. */
const TLP = `{
 "schema": "policy-pack/1",
 "note": "Traffic Light Protocol 2.0: FIRST Standards Definitions and Usage Guidance, https://www.first.org/tlp/, authoritative from August 2022. Labels are never translated. TLP is not a classification scheme: no clearance is asked for, and the suite floors are dipbag's own",
 "policy": {
  "name": "TLP",
  "owner": "FIRST"
 },
 "validFrom": "2022-08-01",
 "validTo": null,
 "version": 2,
 "classifications": [
  {
   "rank": 0,
   "name": "CLEAR",
   "portion": "TLP:CLEAR",
   "release": "public"
  },
  {
   "rank": 1,
   "name": "GREEN",
   "portion": "TLP:GREEN",
   "release": "addressed"
  },
  {
   "rank": 2,
   "name": "AMBER",
   "portion": "TLP:AMBER",
   "release": "addressed"
  },
  {
   "rank": 3,
   "name": "AMBER+STRICT",
   "portion": "TLP:AMBER+STRICT",
   "release": "addressed"
  },
  {
   "rank": 4,
   "name": "RED",
   "portion": "TLP:RED",
   "release": "named"
  }
 ],
 "tags": [],
 "requires": [],
 "communities": [],
 "agreements": [],
 "bannerOrder": [
  "POLICY",
  "CLASSIFICATION"
 ],
 "languages": {},
 "dirtyWords": [],
 "separators": {
  "between": ":",
  "list": ", "
 },
 "suiteFloors": [
  {
   "rank": 0,
   "floor": "classical"
  },
  {
   "rank": 1,
   "floor": "classical"
  },
  {
   "rank": 2,
   "floor": "classical"
  },
  {
   "rank": 3,
   "floor": "hybrid-768"
  },
  {
   "rank": 4,
   "floor": "hybrid-768"
  }
 ],
 "nationality": "represented",
 "governor": "dipbag project",
 "obligations": [
  "receipt-on-open",
  "no-onward-release",
  "no-ai-training",
  "delete-by",
  "two-person-open"
 ]
}
`;

/** What anyone may see. */
const PUBLIC = `{
 "schema": "policy-pack/1",
 "note": "for what anyone may see: signed and labelled, and asking nothing of the reader",
 "policy": {
  "name": "PUBLIC"
 },
 "validFrom": "1970-01-01",
 "validTo": null,
 "version": 1,
 "classifications": [
  {
   "rank": 0,
   "name": "PUBLIC",
   "portion": "PUBLIC",
   "release": "public"
  }
 ],
 "tags": [],
 "requires": [],
 "communities": [],
 "agreements": [],
 "bannerOrder": [
  "CLASSIFICATION"
 ],
 "languages": {},
 "dirtyWords": [],
 "separators": {
  "between": " ",
  "list": ", "
 },
 "suiteFloors": [
  {
   "rank": 0,
   "floor": "classical"
  }
 ],
 "nationality": "represented",
 "governor": "dipbag project",
 "obligations": []
}
`;

/** The fictional policy of demos, samples and tests. */
const HARBOUR = `{
 "schema": "policy-pack/1",
 "note": "written for this project; fictional states (ISO 3166-1 user-assigned codes AAB, QMB, ZZC), documentation addresses (RFC 5737, RFC 2606), fictional policy HARBOUR; every fixture is EXERCISE and FOR TRAINING PURPOSES ONLY",
 "policy": {
  "name": "HARBOUR",
  "oid": "2.25.329800735698586629295641978511506172918",
  "originatorNations": [
   "AAB",
   "QMB",
   "ZZC"
  ],
  "owner": "HARBOUR steering group (fictional)"
 },
 "validFrom": "2026-01-01",
 "validTo": null,
 "version": 3,
 "classifications": [
  {
   "rank": 0,
   "name": "UNCLASSIFIED",
   "portion": "H-U"
  },
  {
   "rank": 1,
   "name": "RESTRICTED",
   "portion": "H-R"
  },
  {
   "rank": 2,
   "name": "CONFIDENTIAL",
   "portion": "H-C"
  },
  {
   "rank": 3,
   "name": "SECRET",
   "portion": "H-S"
  }
 ],
 "tags": [
  {
   "name": "REL TO",
   "type": "PERMISSIVE",
   "role": "gate",
   "absent": "originator-only",
   "values": [
    "AAB",
    "QMB",
    "ZZC",
    "HARBOUR"
   ],
   "portionForm": "REL"
  },
  {
   "name": "COMPARTMENT",
   "type": "RESTRICTIVE",
   "values": [
    "BUOY",
    "LANTERN"
   ]
  },
  {
   "name": "DISSEM",
   "type": "RESTRICTIVE",
   "values": [
    "ORCON"
   ],
   "clearanceExempt": true,
   "note": "ORCON triggers the dissemination-list rule (D10) instead of a clearance check (D8)"
  },
  {
   "name": "ADMIN",
   "type": "INFORMATIVE",
   "values": [
    "STAFF",
    "COMMERCIAL"
   ]
  }
 ],
 "requires": [
  {
   "whenRankAtLeast": 1,
   "tag": "REL TO",
   "operation": "oneOrMore"
  }
 ],
 "communities": [
  {
   "code": "HARBOUR",
   "decomposable": "Yes",
   "members": [
    {
     "nation": "AAB",
     "from": "2024-03-01"
    },
    {
     "nation": "QMB",
     "from": "2024-03-01"
    },
    {
     "nation": "ZZC",
     "from": "2025-06-01"
    }
   ]
  }
 ],
 "agreements": [
  {
   "id": "HARBOUR-MOU-2024/3",
   "parties": [
    "AAB",
    "QMB",
    "ZZC"
   ],
   "maxRank": 2,
   "validFrom": "2024-03-01"
  }
 ],
 "bannerOrder": [
  "POLICY",
  "CLASSIFICATION",
  "COMPARTMENT",
  "REL TO",
  "DISSEM",
  "ADMIN"
 ],
 "languages": {
  "en": {
   "UNCLASSIFIED": "UNCLASSIFIED",
   "RESTRICTED": "RESTRICTED",
   "CONFIDENTIAL": "CONFIDENTIAL",
   "SECRET": "SECRET",
   "REL TO": "REL TO"
  },
  "fr": {
   "UNCLASSIFIED": "NON CLASSIFIÉ",
   "RESTRICTED": "DIFFUSION RESTREINTE",
   "CONFIDENTIAL": "CONFIDENTIEL",
   "SECRET": "SECRET",
   "REL TO": "COMMUNICABLE À"
  }
 },
 "dirtyWords": [
  {
   "word": "second collection source",
   "minRank": 2
  }
 ],
 "separators": {
  "between": " ",
  "list": ", "
 },
 "suiteFloors": [
  {
   "rank": 0,
   "floor": "classical"
  },
  {
   "rank": 1,
   "floor": "classical"
  },
  {
   "rank": 2,
   "floor": "hybrid-768"
  },
  {
   "rank": 3,
   "floor": "hybrid-1024"
  }
 ],
 "nationality": "represented",
 "governor": "HARBOUR steering group (fictional)",
 "obligations": [
  "receipt-on-open",
  "no-onward-release",
  "no-ai-training",
  "delete-by",
  "two-person-open"
 ]
}
`;

const read = remembered(readPolicy);

/** Read when they are asked for: a process needs one of them, if any. */
export const BUILT_IN: readonly BuiltIn[] = Object.entries({ TLP, PUBLIC, HARBOUR }).map(([name, text]) => {
  const payload = utf8(text);
  return proven<BuiltIn>({
    name,
    payload,
    get policy() {
      return read(payload);
    },
  });
});
