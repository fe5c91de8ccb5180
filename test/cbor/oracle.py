"""The strict profile by another decoder: reads lines of hexadecimal, answers each with what it says, or "refused".

cbor2 decodes leniently; what it made is encoded again with the keys in the order of RFC 8949 section 4.2.1, and must
give the same bytes.
"""

import sys

import cbor2

LIMIT = 2**53 - 1


def normal(value):
    """The value with its maps in order, or ValueError where the profile cannot say it. bool is an int to Python."""
    if value is None or isinstance(value, (bool, bytes)):
        return value
    if isinstance(value, int) and abs(value) <= LIMIT:
        return value
    if isinstance(value, str) and not value.startswith("\ufeff"):
        return value
    if isinstance(value, list):
        return [normal(entry) for entry in value]
    if isinstance(value, dict) and all(type(key) in (int, str) for key in value):
        entries = [(normal(key), normal(entry)) for key, entry in value.items()]
        return dict(sorted(entries, key=lambda entry: cbor2.dumps(entry[0])))
    raise ValueError(value)


def said(value):
    if value is None or isinstance(value, bool):
        return {None: "n", True: "t", False: "f"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "h" + value.hex()
    if isinstance(value, str):
        return "s" + value.encode().hex()
    if isinstance(value, list):
        return "[" + ",".join(map(said, value)) + "]"
    return "{" + ",".join(said(key) + ":" + said(entry) for key, entry in value.items()) + "}"


for line in sys.stdin:
    given = bytes.fromhex(line)
    try:
        value = normal(cbor2.loads(given))
        print(said(value) if cbor2.dumps(value) == given else "refused")
    except Exception:
        print("refused")
