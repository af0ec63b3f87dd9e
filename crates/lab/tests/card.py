"""A card that answers 6D00 to everything: enough to see it come and go."""
import socket, sys

reader = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def receive(count):
    data = b""
    while len(data) < count:
        part = reader.recv(count - len(data))
        if not part:
            sys.exit()
        data += part
    return data


def send(data):
    reader.sendall(len(data).to_bytes(2, "big") + data)


while True:
    message = receive(int.from_bytes(receive(2), "big"))
    if message == b"\x04":
        send(bytes.fromhex("3BE000FF8131FE4514"))
    elif len(message) > 1:
        send(b"\x6d\x00")
