"""The other half of check-safetensors.ts: what the official reader says of the same files."""

import hashlib
import json
import os
import sys

from safetensors import SafetensorError, __version__, deserialize


def found(data):
    try:
        tensors = deserialize(data)
    except SafetensorError:
        return None
    return {
        name: [tensor["dtype"], list(tensor["shape"]), hashlib.sha256(bytes(tensor["data"])).hexdigest()]
        for name, tensor in tensors
    }


def cases(name):
    with open(os.path.join(sys.argv[1], name)) as file:
        for case in json.load(file):
            yield bytes.fromhex(case["hex"]), case["found"]


own = list(cases("own.json"))
same = sum(ours is not None and found(data) == ours["tensors"] for data, ours in own)
print(f"safetensors {__version__}: {same} of {len(own)} files have the same tensors, to the byte")

total, others, laxer = 0, [], 0
for data, ours in cases("broken.json"):
    total += 1
    theirs = found(data)
    if (ours is None) == (theirs is None):
        laxer += ours is not None and ours["tensors"] != theirs
    elif ours is None:
        others.append(data[8:])
    else:
        laxer += 1
print(f"{total} broken files: {laxer} that we read in another way or read alone, {len(others)} that the official reader reads alone")
for header in others:
    print("  ", header[:100])
sys.exit(0 if same == len(own) and laxer == 0 else 1)
