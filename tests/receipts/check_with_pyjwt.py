"""Checks a receipt by PyJWT, as somebody without this program would: check_with_pyjwt.py PHOTO RECEIPT KEYS"""

import hashlib
import json
import pathlib
import sys

import jwt


def checked(receipt, keys):
    """The payload; raises where the signature does not hold."""
    key_id = jwt.get_unverified_header(receipt)["kid"]
    key = next(jwt.PyJWK(key) for key in keys if key["kid"] == key_id)
    return jwt.decode(receipt, key.key, algorithms=["EdDSA"], options={"verify_iat": False})


def main():
    photo, receipt_file, key_file = map(pathlib.Path, sys.argv[1:])
    receipt = receipt_file.read_text().strip()
    keys = json.loads(key_file.read_text())["keys"]
    payload = checked(receipt, keys)
    assert payload["output"]["sha256"] == hashlib.sha256(photo.read_bytes()).hexdigest()
    header, body, signature = receipt.split(".")
    changed = [f"{header}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{signature}",
               f"{header}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"]
    for text in changed:
        try:
            checked(text, keys)
        except jwt.InvalidTokenError:
            continue
        raise AssertionError("a changed receipt holds")
    print(f"PyJWT {jwt.__version__}: the receipt holds, {len(changed)} changed ones do not")


if __name__ == "__main__":
    main()
