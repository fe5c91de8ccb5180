/** The conditions of labels, policies, markings, lint and the release decision; part of the one table in errors.ts. */

import { type ErrorRecord, format, policy, untrusted, usage } from "./record.ts";

export const LABEL_ERRORS = {
  ERR_POLICY_FORMAT: format("L1", "the policy pack is not valid: {reason}", "ask its governor for a correct pack"),
  ERR_POLICY_SIGNER: policy(
    "T10",
    "the policy pack is not signed by an authority that you have pinned to govern {policy}",
    "if you trust its governor, pin it first: dipbag trust add CARD --fingerprint DIGITS",
  ),
  ERR_POLICY_RESERVED: policy(
    "T10",
    "the policy {policy} is built into dipbag, and nobody else makes packs of it",
    "give the policy another name",
  ),
  ERR_POLICY_EXPIRED: policy(
    "T11",
    "the policy pack {policy} version {version} was valid until {until}",
    "ask its governor for the current one",
  ),
  ERR_POLICY_NOT_NEWER: policy(
    "T11",
    "the policy pack {policy} version {version} is not newer than version {held}, which is here",
    "ask its governor for the current one",
  ),
  ERR_POLICY_FINGERPRINT: untrusted(
    "T11",
    "the fingerprint is not that of this policy pack",
    "compare it again with what its governor told you by another channel; if it differs, do not use the pack",
  ),
  ERR_POLICY_FINGERPRINT_NEEDED: usage(
    "T11",
    "no pack of {policy} from this governor is here yet, and the first is taken in by its fingerprint",
    "ask the governor for it by another channel, then add --fingerprint and the 64 digits",
  ),
  ERR_NOT_COMPARABLE: policy("CLI", "the levels {a} and {b} cannot be compared: {reason}", "{fix}"),
  ERR_OWNER_UNKNOWN: usage(
    "CLI",
    "the tables of dipbag hold no policy of {owner} that could be verified",
    "see 'dipbag policy make' for whose they hold",
  ),
  ERR_LABEL_XML: format(
    "X1",
    "the XML of the label is not valid in line {line}: {reason}",
    "correct it there, or ask whoever made it for a label as ADatP-4774 has it",
  ),
  ERR_LABEL_JSON: format(
    "X3",
    "the JSON form of the label is not valid: {reason}",
    "compare it with what 'dipbag label convert --to json' writes",
  ),
  ERR_LABEL_UNWRITABLE: format(
    "X2",
    "the label cannot be written as {form} without loss: {reason}",
    "keep it as CBOR: --to cbor",
  ),
  ERR_MARKING: policy("L2", 'the marking cannot be read from character {at} on: "{found}"', "{fix}"),
  ERR_MARKING_LONG: policy(
    "L5",
    "the marking is longer than {limit} characters in the form {form}, and is not cut",
    "use another form, or label with a community instead of its members",
  ),
  ERR_NOT_DOMINANT: policy(
    "L3",
    "the envelope's label {label} does not cover portion {portion}: {reason}",
    "label the envelope {fix}",
  ),
  ERR_POLICIES_DIFFER: policy(
    "L3",
    "the portions are labelled in more than one policy: {policies}",
    "seal one envelope for each policy",
  ),
  ERR_LINT: policy(
    "L4",
    "the documents contradict their label, or themselves: {count}",
    "mend them, or seal with a reason: dipbag pack --lint-reason TEXT",
  ),
  ERR_AUDIENCES_DISJOINT: policy(
    "L3",
    "the portions have no {tag} in common, so that no label covers them all",
    "split the portions over several envelopes",
  ),
  ERR_EXERCISE_MISMATCH: policy(
    "D2",
    "the message type says {is}; {name}, or the identity used here, is for {other}",
    "never mix the two: set the message type, or use the identities, so that all are exercise or all operation",
  ),
  ERR_POLICY_UNKNOWN: policy(
    "D3",
    "the policy {policy} is not known here in a version that was in force then",
    "get the pack from its governor: dipbag trust add PACK",
  ),
  ERR_POLICY_OUTDATED: policy(
    "D3",
    "the envelope names version {version} of the policy {policy}, and only an older one is held here",
    "get the newer pack from its governor: dipbag trust add PACK",
  ),
  ERR_LABEL_INVALID: policy("D4", "the label is not valid under {policy}: {reason}", "{fix}"),
  ERR_CLASS_UNKNOWN: policy("D4", "the policy {policy} has no classification {classification}", "use one of: {known}"),
  ERR_CLASS_OBSOLETE: policy(
    "D4",
    "the classification {classification} of the policy {policy} was not in use when it was labelled",
    "use one of: {known}",
  ),
  ERR_TAG_UNKNOWN: policy("D4", "the policy {policy} has no {type} tag {tag}", "use only: {known}"),
  ERR_TAG_EMPTY: policy("D4", "the tag {tag} stands in the label without a value", "state its values, or leave it out"),
  ERR_TAG_REQUIRED: policy(
    "D4",
    "the classification {classification} needs {tag}",
    "add {tag} with one or more values",
  ),
  ERR_VALUE_UNKNOWN: policy("D4", "the tag {tag} has no value {value}", "use only: {known}"),
  ERR_COUNTRY_UNKNOWN: policy(
    "D4",
    "the tag {tag} names the country {value}, which the policy does not know",
    "use only: {known}",
  ),
  ERR_COMMUNITY_UNKNOWN: policy(
    "D4",
    "the tag {tag} names the community {value}, which the policy does not know",
    "use only: {known}",
  ),
  ERR_TWO_TLP: policy("D4", "there are two TLP labels: {inside} inside {outside}", "state one TLP, the higher"),
  ERR_GATES_CONTRADICT: policy(
    "D4",
    "the release tags of {label} contradict each other, so that nobody may have it",
    "let one country stand in all of: {tags}",
  ),
  ERR_UNMAPPABLE: policy(
    "D5",
    "{name} holds no clearance in {policy}, nor in a policy that stands for it",
    "take {name} off, have them cleared in {policy}, or have the policy's governor add what is equivalent in theirs",
  ),
  ERR_FUTURE: policy(
    "D6",
    "it says that it was made at {time}, and here it is {at}",
    "check the clock here, then ask the sender to check theirs",
  ),
  ERR_EXPIRED: policy(
    "D6",
    "it was valid until {until}",
    "ask the originator for a current one; 'dipbag verify --at' with an earlier time shows what it was",
  ),
  ERR_LABEL_TIME: policy(
    "D6",
    "a label is dated {created}, later than its envelope",
    "check the clocks, and have it labelled and sealed again",
  ),
  ERR_CLEARANCE: policy(
    "D7",
    "{name} is not cleared for {label}",
    "take {name} off this part (--portion-to), or label apart what they may see (--portion)",
  ),
  ERR_NEED_TO_KNOW: policy(
    "D8",
    "{name} does not hold {tag} {values}",
    "take {name} off this part (--portion-to), or label apart what they may see (--portion)",
  ),
  ERR_RELEASABILITY: policy(
    "D9",
    "{name} of {nation} is outside the audience of {label}, which is {audience}",
    "take {name} off, or have the originator add {nation} to the release list",
  ),
  ERR_PROFILE_DIVERGES: policy(
    "D9",
    "the label {label} lets in {name} only by its extension, and other tools would keep them out",
    "split the portions, so that those of the extension get one of their own",
  ),
  ERR_MUST_BE_NAMED: policy(
    "D10",
    "what is {label} goes only to recipients who are named",
    "name every recipient: leave out --hide-recipients",
  ),
  ERR_NOT_ON_LIST: policy(
    "D10",
    "{name} is not on the list of those who may have what is {label}",
    "take {name} off, or have the originator put them on the list",
  ),
  ERR_AGREEMENT: policy(
    "D11",
    "the agreement {agreement} does not let {name} have it: {reason}",
    "take {name} off, or name the agreement that does",
  ),
  ERR_CONSENT: policy(
    "D12",
    "passing it on to {name} of {nation} needs the originator's consent, and there is none",
    "ask the originator for a consent that names this envelope, {nation} and the time",
  ),
  ERR_OBLIGATION: policy(
    "D13",
    "{name} cannot be bound to {obligation}: {reason}",
    "take {name} off, drop the obligation, or have their authority state it on their card",
  ),
  ERR_SUITE_FLOOR: policy(
    "D14",
    "for {label} keys of {floor} at least are needed, and a key slot is {suite}",
    "ask the recipient for a card with such keys, or take them off this portion",
  ),
  ERR_STATUS: policy("D15", "it is no longer to be used: {reason}", "ask the originator for the current one"),
} as const satisfies Record<string, ErrorRecord>;
