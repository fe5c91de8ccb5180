#!/usr/bin/env python3
"""An independent reader of what dipbag writes. It shares no code with the project: CBOR from cbor2 where that is
installed, else from the few lines below; signatures, HPKE and AES-GCM from pyca/cryptography 48 or later (Rust, OpenSSL).
RFC 9052, RFC 9679, RFC 9964, draft-ietf-cose-hpke, draft-ietf-hpke-pq, C2SP FLOE.md; spec/envelope.md for `envelope`.

Prints one JSON document. Exit status: 0 as expected, 1 refused (the reason on stderr), 3 this machine lacks something.
"""

import argparse
import hashlib
import hmac
import io
import json
import sys
from collections import namedtuple

try:
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, x25519
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM1024P384PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError as missing:
    print(f"needs cryptography 48 or later: {missing}", file=sys.stderr)
    sys.exit(3)

try:
    import cbor2
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")  # Debian's python3-cbor2, behind the newer cryptography
    try:
        import cbor2
    except ImportError:
        cbor2 = None


class Refused(Exception):
    pass


def require(condition, reason):
    if not condition:
        raise Refused(reason)


# CBOR (RFC 8949)

Tag = namedtuple("Tag", "tag value")


def head(major, argument):
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 24:
            return bytes([major << 5 | argument])
        if argument < 1 << (8 * size):
            return bytes([major << 5 | info]) + argument.to_bytes(size, "big")
    raise ValueError("too large")


def cbor(value):
    """Core deterministic encoding, section 4.2.1."""
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(k + v for k, v in sorted((cbor(k), cbor(v)) for k, v in value.items()))
    raise TypeError(type(value))


def own_item(stream):
    first = stream.read(1)
    require(first, "an item is cut short")
    major, info = first[0] >> 5, first[0] & 31
    if major == 7:
        return {20: False, 21: True, 22: None}[info]
    argument = info if info < 24 else int.from_bytes(stream.read(1 << (info - 24)), "big")
    if major < 2:
        return argument if major == 0 else -1 - argument
    if major < 4:
        data = stream.read(argument)
        require(len(data) == argument, "an item is cut short")
        return data if major == 2 else data.decode()
    if major == 4:
        return [own_item(stream) for _ in range(argument)]
    if major == 5:
        return {own_item(stream): own_item(stream) for _ in range(argument)}
    return Tag(argument, own_item(stream))


def next_item(stream):
    return cbor2.CBORDecoder(stream).decode() if cbor2 else own_item(stream)


def sequence(data):
    """The items of a CBOR sequence (RFC 8742), each with its bytes."""
    stream = io.BytesIO(data)
    items = []
    while stream.tell() < len(data):
        start = stream.tell()
        items.append((next_item(stream), data[start : stream.tell()]))
    return items


def item(data):
    items = sequence(data)
    require(len(items) == 1, "not exactly one item")
    return items[0][0]


def tagged(tag, data):
    value = item(data)
    require(getattr(value, "tag", None) == tag, f"not tagged {tag}")
    return value.value


# Keys: COSE_Key and its thumbprint (RFC 9679: required parameters; RFC 9964: alg is one of them for AKP)

ED25519, ML_DSA_65, ML_DSA_87 = -19, -49, -50
HPKE_3_KE, HPKE_9_KE, HPKE_10_KE = 49, 57, 59
sha256 = lambda data: hashlib.sha256(data).digest()


def thumbprint(alg, public):
    curve = {ED25519: 6, HPKE_3_KE: 4}.get(alg)
    return sha256(cbor({1: 7, 3: alg, -1: public} if curve is None else {1: 1, -1: curve, -2: public}))


VERIFIERS = {
    ED25519: ed25519.Ed25519PublicKey.from_public_bytes,
    ML_DSA_65: mldsa.MLDSA65PublicKey.from_public_bytes,
    ML_DSA_87: mldsa.MLDSA87PublicKey.from_public_bytes,
}
ALG_OF_LENGTH = {32: ED25519, 1952: ML_DSA_65, 2592: ML_DSA_87}


def raw_key(public):
    """A signing key given as its raw bytes: the length tells the algorithm."""
    require(len(public) in ALG_OF_LENGTH, "a key of no known length")
    return ALG_OF_LENGTH[len(public)], public


# COSE_Sign (RFC 9052 section 4)


def read_sign(data, kind=None):
    body, unprotected, payload, signatures = tagged(98, data)
    header = item(body)
    require(set(header) == {16} and unprotected == {}, "the body's headers are not exactly typ")
    require(kind is None or header[16] == f"application/vnd.dipbag.{kind}+cbor", f"not a {kind}: {header[16]}")
    require(isinstance(payload, bytes), "no attached payload")
    return header[16], body, payload, signatures


def verify_sign(data, keys, kind=None):
    """All of `keys`, [(alg, raw public key)], and no others, in this order."""
    typ, body, payload, signatures = read_sign(data, kind)
    require(len(signatures) == len(keys), f"{len(signatures)} signatures instead of {len(keys)}")
    for (protected, unprotected, signature), (alg, public) in zip(signatures, keys):
        require(unprotected == {}, "a signature has unprotected headers")
        require(item(protected) == {1: alg, 4: thumbprint(alg, public)}, "a signature of another key")
        to_be_signed = cbor(["Signature", body, protected, b"", payload])
        try:
            VERIFIERS[alg](public).verify(signature, to_be_signed)
        except InvalidSignature:
            raise Refused(f"the signature of algorithm {alg} does not verify") from None
    return {"typ": typ, "payload": payload, "signatures": [{"alg": a, "kid": thumbprint(a, k)} for a, k in keys]}


# COSE_Encrypt with COSE-HPKE recipients, and X-Wing and its sibling from a 32-byte seed (draft-ietf-hpke-pq)


def kem_key(alg, seed):
    """(public key bytes, private key, HPKE suite)"""
    raw = lambda key: key.public_key().public_bytes_raw()
    if alg == HPKE_3_KE:
        key = x25519.X25519PrivateKey.from_private_bytes(seed)
        return raw(key), key, Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
    expanded = hashlib.shake_256(seed).digest(96 if alg == HPKE_9_KE else 112)
    if alg == HPKE_9_KE:
        pq = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        dh = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        suite = Suite(KEM.MLKEM768_X25519, KDF.SHAKE256, AEAD.AES_256_GCM)
        return raw(pq) + raw(dh), MLKEM768X25519PrivateKey(pq, dh), suite
    pq = mlkem.MLKEM1024PrivateKey.from_seed_bytes(expanded[:64])
    dh = ec.derive_private_key(int.from_bytes(expanded[64:], "big"), ec.SECP384R1())
    point = dh.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return raw(pq) + point, MLKEM1024P384PrivateKey(pq, dh), Suite(KEM.MLKEM1024_P384, KDF.SHAKE256, AEAD.AES_256_GCM)


def open_slot(data, binding, seeds):
    """The content protected header, the key, and the number of the slot opened with one of `seeds`, [(alg, seed)]."""
    protected, unprotected, ciphertext, recipients = tagged(96, data)
    next_alg = item(protected)[1]
    require(item(protected) == {1: -65537} and unprotected == {} and ciphertext is None, "not a portion's slots")
    own = [(alg, *kem_key(alg, seed)) for alg, seed in seeds]
    for number, (header, extra, wrapped) in enumerate(recipients, 1):
        require(set(extra) == {-4}, "a slot without exactly ek")
        fields = item(header)
        for alg, public, key, suite in own:
            if fields[1] != alg or fields.get(4, thumbprint(alg, public)) != thumbprint(alg, public):
                continue
            info = cbor(["HPKE Recipient", next_alg, header, binding])
            try:
                return protected, suite.decrypt(extra[-4] + wrapped, key, info), number
            except InvalidTag:
                require(4 not in fields, "the slot with this key's kid does not open")
    raise Refused("no slot opens")


# FLOE, AES-256-GCM and HKDF-Expand-SHA-384 (C2SP FLOE.md)


def floe_kdf(key, header, purpose, aad, length):
    return hmac.digest(key, header[:42] + purpose + aad + b"\x01", "sha384")[:length]


def floe_open(key, header, aad, body):
    """The plaintext of all segments."""
    size = int.from_bytes(header[2:6], "big")
    parameters = b"\0\0" + size.to_bytes(4, "big") + (32).to_bytes(4, "big")
    require(len(header) == 74 and header[:10] == parameters, "other FLOE parameters")
    tag = floe_kdf(key, header, b"HEADER_TAG:", aad, 32)
    require(hmac.compare_digest(tag, header[42:]), "the FLOE header tag does not match")
    message_key = floe_kdf(key, header, b"MESSAGE_KEY:", aad, 48)
    out = []
    for index, start in enumerate(range(0, len(body), size)):
        segment = body[start : start + size]
        final = start + size >= len(body)
        require(segment[:4] == (len(segment).to_bytes(4, "big") if final else b"\xff" * 4), f"prefix of segment {index}")
        first = index - index % 2**20
        segment_key = floe_kdf(message_key, header, b"DEK:" + first.to_bytes(8, "big"), aad, 32)
        place = index.to_bytes(8, "big") + (b"\1" if final else b"\0")
        try:
            out.append(AESGCM(segment_key).decrypt(segment[4:16], segment[16:], place))
        except InvalidTag:
            raise Refused(f"segment {index} does not open") from None
    return b"".join(out)


# Envelopes (spec/envelope.md)


def read_card(data, authorities):
    """The signing keys of a card, whose own signatures must be of one of `authorities`, where any is given."""
    if authorities:
        kids = [item(protected)[4] for protected, _, _ in read_sign(data, "card")[3]]
        ours = [keys for keys in authorities if [thumbprint(*key) for key in keys] == kids]
        require(ours, "a card of another authority")
        verify_sign(data, ours[0], "card")
    keys = item(read_sign(data, "card")[2])[-65537]
    return [(key[3], key[-2 if key[1] == 1 else -1]) for key in keys[:2]]


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return length + mask & ~mask


def read_contents(plaintext):
    """The items of one portion, whose padding must be zeros of the right number."""
    stream = io.BytesIO(plaintext)
    files = []
    for entry in item(next_item(stream)):
        data = stream.read(entry[3])
        require(len(data) == entry[3], "the contents end too early")
        files.append({"name": entry[1], "type": entry[2], "size": entry[3], "sha256": sha256(data)})
    length = stream.tell()
    require(len(plaintext) in (length, padme(length)) and not any(plaintext[length:]), "wrong padding")
    return files


def read_withheld(statements, digest, authorities):
    """The portions withheld, from the chain of statements."""
    previous, portions = None, []
    for data in statements:
        payload = item(read_sign(data, "withheld")[2])
        verify_sign(data, read_card(payload[8], authorities), "withheld")
        require(payload[1] == digest and payload[7] == previous, "a statement of another envelope or chain")
        portions += payload[2]
        previous = sha256(data)
    require(len(set(portions)) == len(portions), "a portion withheld twice")
    return portions


def read_envelope(data, seeds, authorities):
    items = sequence(data)
    head_bytes, rest = items[0][1], items[1:]
    core_bytes, portions, cards = item(read_sign(head_bytes, "envelope")[2])
    core = item(core_bytes)
    require([signer[1] for signer in core[6]] == [sha256(card) for card in cards], "the cards are not the signers'")
    pairs = [read_card(card, authorities) for card in cards]
    kids = [item(protected)[4] for protected, _, _ in read_sign(head_bytes)[3]]
    present = [number == 0 or thumbprint(*pair[0]) in kids for number, pair in enumerate(pairs)]
    signing = [key for pair, there in zip(pairs, present) if there for key in pair]
    signed = verify_sign(head_bytes, signing, "envelope")
    digest = sha256(signed["payload"])
    statements = [raw for value, raw in rest if getattr(value, "tag", None) == 98]
    bodies = [value for value, _ in rest[len(statements) :]]
    require(len(bodies) == len(portions), "not one body for each portion")
    withheld = read_withheld(statements, digest, authorities)
    result = {"digest": digest, "core": core, "signed": present, "withheld": withheld, "portions": []}
    for number, (portion, body) in enumerate(zip(portions, bodies), 1):
        require((body is None) == (number in withheld), f"portion {number} is missing or not withheld")
        if body is not None:
            result["portions"].append({"portion": number, **read_portion(number, core_bytes, portion, body, seeds)})
    return result


def read_portion(number, core_bytes, portion, body, seeds):
    size = int.from_bytes(portion[4][2:6], "big")
    digests = b"".join(sha256(body[at : at + size]) for at in range(0, len(body), size))
    require(len(body) == portion[2] and digests == portion[3], f"the body of portion {number} was changed")
    binding = sha256(cbor(["dipbag/1", core_bytes, number, portion[1]]))
    if not seeds:
        return {"binding": binding}
    protected, key, slot = open_slot(portion[5], binding, seeds)
    plaintext = floe_open(key, portion[4], cbor(["Encrypt", protected, binding]), body)
    return {"binding": binding, "slot": slot, "items": read_contents(plaintext)}


def read_file(name):
    with open(name, "rb") as file:
        return file.read()


def seed_option(text):
    """ALG:HEX, such as 57:00ff...; without ALG, HPKE-9-KE"""
    alg, _, digits = text.rpartition(":")
    return int(alg or HPKE_9_KE), bytes.fromhex(digits)


def authority_option(text):
    """HEX:HEX, the raw public keys of an authority whose cards are good: Ed25519 and ML-DSA"""
    return [raw_key(bytes.fromhex(digits)) for digits in text.split(":")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--own-cbor", action="store_true", help="do not use cbor2")
    verbs = parser.add_subparsers(dest="verb", required=True)
    key = {"action": "append", "type": lambda text: raw_key(bytes.fromhex(text)), "default": []}
    seed = {"action": "append", "type": seed_option, "default": [], "help": seed_option.__doc__}
    verb = verbs.add_parser("verify-sign", help="a COSE_Sign_Tagged: exactly these signatures, in this order")
    verb.add_argument("file")
    verb.add_argument("--key", **key, help="a raw public key; Ed25519 and ML-DSA are told apart by length")
    verb = verbs.add_parser("verify-signs", help="lines of hexadecimal, each as for verify-sign: why each is refused, or null")
    verb.add_argument("file")
    verb.add_argument("--key", **key)
    verb.add_argument("--kind", help="the type that each must be of")
    verb = verbs.add_parser("open-slot", help="a COSE_Encrypt_Tagged: the content-encryption key")
    verb.add_argument("file")
    verb.add_argument("--binding", type=bytes.fromhex, required=True)
    verb.add_argument("--seed", **seed)
    verb = verbs.add_parser("floe", help="all segments of one FLOE ciphertext, without their header")
    verb.add_argument("file")
    verb.add_argument("--key", type=bytes.fromhex, required=True)
    verb.add_argument("--header", type=bytes.fromhex, required=True)
    verb.add_argument("--aad", type=bytes.fromhex, help="else the Enc_structure of --binding")
    verb.add_argument("--binding", type=bytes.fromhex, default=b"")
    verb = verbs.add_parser("envelope", help="a whole envelope, and the contents of what opens with the seeds")
    verb.add_argument("file")
    verb.add_argument("--authority", action="append", type=authority_option, default=[], help=authority_option.__doc__)
    verb.add_argument("--seed", **seed)
    return parser.parse_args()


def main():
    global cbor2
    options = arguments()
    if options.own_cbor:
        cbor2 = None
    data = read_file(options.file)
    if options.verb == "verify-sign":
        require(options.key, "no key")
        result = verify_sign(data, options.key)
    elif options.verb == "verify-signs":
        lines = map(bytes.fromhex, data.decode().split("\n"))
        result = [refusal(lambda: verify_sign(line, options.key, options.kind)) for line in lines]
    elif options.verb == "open-slot":
        _, key, slot = open_slot(data, options.binding, options.seed)
        result = {"slot": slot, "key": key}
    elif options.verb == "floe":
        aad = options.aad if options.aad is not None else cbor(["Encrypt", cbor({1: -65537}), options.binding])
        result = {"plaintext": floe_open(options.key, options.header, aad, data)}
    else:
        result = read_envelope(data, options.seed, options.authority)
    json.dump(result, sys.stdout, default=lambda value: value.hex())
    print()


def refusal(action):
    """Why it refuses; None if it does not."""
    try:
        action()
    except Refused as reason:
        return str(reason)
    # SystemError: cbor2's decoder in C forgets to say why. OSError: it makes dates of what is tagged as one.
    except (ValueError, LookupError, TypeError, EOFError, MemoryError, OverflowError, SystemError, OSError) as reason:
        return f"not of the expected form: {reason!r}"


if __name__ == "__main__":
    refused = refusal(main)
    if refused is not None:
        print(f"refused: {refused}", file=sys.stderr)
        sys.exit(1)
