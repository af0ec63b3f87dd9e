"""A program that holds a reader as any other does: other_program.py READER exclusive|transaction|shared"""

import ctypes
import sys

library = ctypes.CDLL("libpcsclite.so.1")
for function in ("SCardEstablishContext", "SCardConnect", "SCardBeginTransaction", "SCardEndTransaction", "SCardReconnect"):
    getattr(library, function).restype = ctypes.c_long

SHARE = {"exclusive": 1, "transaction": 2, "shared": 2}
DISPOSITIONS = {"": 0, "reset": 1, "unpower": 2}


def must(code):
    if code != 0:
        sys.exit(f"{code & 0xFFFFFFFF:08X}")


reader, how = sys.argv[1:]
context, card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
must(library.SCardEstablishContext(ctypes.c_ulong(2), None, None, ctypes.byref(context)))
must(library.SCardConnect(context, reader.encode(), ctypes.c_ulong(SHARE[how]), ctypes.c_ulong(3), ctypes.byref(card), ctypes.byref(protocol)))
if how == "transaction":
    must(library.SCardBeginTransaction(card))
print("held", flush=True)
word = sys.stdin.readline().strip()
while word == "go on":
    code = library.SCardBeginTransaction(card)
    if code == 0:
        must(library.SCardEndTransaction(card, ctypes.c_ulong(0)))
    print(f"{code & 0xFFFFFFFF:08X}", flush=True)
    word = sys.stdin.readline().strip()
if how == "transaction":
    must(library.SCardEndTransaction(card, ctypes.c_ulong(DISPOSITIONS[word])))
else:
    must(library.SCardReconnect(card, ctypes.c_ulong(SHARE[how]), ctypes.c_ulong(3), ctypes.c_ulong(DISPOSITIONS[word]), ctypes.byref(protocol)))
print("done", flush=True)
sys.stdin.readline()
