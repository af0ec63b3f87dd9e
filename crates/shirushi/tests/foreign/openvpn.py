"""A tunnel of OpenVPN to another network, with the card's key. Tells what was asked and what came through.

Arguments: OpenVPN, the module, the authority of clients, the newest version of TLS, the device (`tun`, or `null` for a tunnel that nothing
goes through), then the PINs in the order of the questions. When they run out, the tunnel is given up.
"""

import json
import re
import socket
import subprocess
import sys
import threading

NETWORK, HERE, THERE, PORT = "192.0.2", "10.9.0.2", "10.9.0.1", 7007

# In the other network: tells whoever comes from where.
GREET = f"""
import socket
with socket.create_server(("", {PORT})) as listening:
    print(flush=True)
    guest, address = listening.accept()
    guest.sendall(address[0].encode())
"""


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def main():
    openvpn, module, authority, tls, device, *pins = sys.argv[1:]
    identity = re.search(r"Serialized id: +(\S*User\S*/01)$", run(openvpn, "--show-pkcs11-ids", module, "true"), re.M)[1]

    # The other network, with who greets in it.
    other = subprocess.Popen(["unshare", "--net", sys.executable, "-c", GREET], stdout=subprocess.PIPE)
    other.stdout.readline()
    inside = ["nsenter", f"--net=/proc/{other.pid}/ns/net"]
    run("ip", "link", "add", "here", "type", "veth", "peer", "name", "there", "netns", str(other.pid))
    for place, name, number in ([], "here", 1), (inside, "there", 2):
        run(*place, "ip", "address", "add", f"{NETWORK}.{number}/24", "dev", name)
        run(*place, "ip", "link", "set", name, "up")
    common = ["--dev", device, "--proto", "udp", "--tls-version-max", tls, "--verb", "3"]
    addresses = lambda own, peer: ["--ifconfig", own, peer] if device == "tun" else []
    server = subprocess.Popen(
        [*inside, openvpn, *common, "--local", f"{NETWORK}.2", "--tls-server", "--dh", "none", "--ca", authority,
         "--cert", "site.pem", "--key", "site.key", "--remote-cert-eku", "TLS Web Client Authentication",
         *addresses(THERE, HERE)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    told = []
    for line in server.stdout:
        told.append(line)
        if "UDPv4 link local (bound)" in line:
            break
    listening = threading.Thread(target=lambda: told.extend(server.stdout))
    listening.start()

    # The client asks by its management interface, as a desktop would have it.
    desktop = socket.socket(socket.AF_UNIX)
    desktop.bind("management")
    desktop.listen()
    client = subprocess.Popen(
        [openvpn, *common, "--remote", f"{NETWORK}.2", "--nobind", "--tls-client", "--ca", "site-ca.pem",
         "--pkcs11-providers", module, "--pkcs11-id", identity, "--remote-cert-eku", "TLS Web Server Authentication",
         *addresses(HERE, THERE),
         "--management", "management", "unix", "--management-client", "--management-query-passwords"],
        stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr)
    talk = desktop.accept()[0].makefile("rw", encoding="utf-8")
    tell = lambda line: (talk.write(line + "\n"), talk.flush())
    tell("state on")
    asked, came = [], None
    for line in talk:
        if question := re.match(r">PASSWORD:Need '(.*)' password", line):
            asked.append(question[1])
            if not pins:
                break
            tell(f'password "{question[1]}" "{pins.pop(0)}"')
        elif ",CONNECTED,SUCCESS," in line:
            if device == "tun":
                came = socket.create_connection((THERE, PORT)).makefile().read()
            break
    for process in client, server:
        process.terminate()
        process.wait()
    listening.join()
    print(json.dumps({"asked": asked, "came": came, "told": "".join(told)}))


main()
